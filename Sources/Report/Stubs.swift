struct NavigatorLayer { init(_ f: Findings) {}; func write(to o: inout Output) throws {} }
struct FindingLines { init(_ f: Findings) {}; func write(to o: inout Output) throws {} }
