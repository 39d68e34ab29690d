package import Sigma
package struct LinearRegex: Sendable {
    package let pattern: RegexPattern
    package let requiredLiterals: [[UInt8]]?
    package init(_ pattern: RegexPattern) throws { self.pattern = pattern; requiredLiterals = [[9,9,9,9,9]] }
}
struct RegexMatcher { init(_ r: LinearRegex) {}
 mutating func matches(_ t: UnsafeBufferPointer<UInt8>) -> Bool { false } }
