/// Resource × role × action, as one table.
enum AccessMatrix {
    static func allows(_ role: Role, _ permission: Permission) -> Bool {
        switch role {
        case .providerAdmin, .service: true
        default: permission.action == .read
        }
    }
}
