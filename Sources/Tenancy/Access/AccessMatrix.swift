/// Resource × role × action, as one table.
///
/// The column of ``Role/apiClient`` is the most that a key can be given: a key may do what stands there, in its own
/// mandate and in its owner's grants. docs/access.md says why the cells are as they are.
package enum AccessMatrix {
    /// One letter an action: `r` read, `c` create, `u` update, `d` delete, `v` decide, `i` ingest, `x` export.
    private static let table = """
        .             admin lead analyst hunter customer viewer auditor api    service
        events        rix   rx   r       rx     rx       r      r       rix    rid
        sources       rcud  rcu  r       r      rcud     r      r       rcu    ru
        alerts        ruvx  ruvx ruv     ru     rx       r      r       ruvx   rcu
        incidents     rcuvx rcuv rcuv    rcu    rux      r      r       rcuvx  rcu
        suppressions  rcud  rcud rc      rc     r        r      r       rcud   ru
        rules         rcudx rcud r       rcux   r        r      r       rcudx  r
        reports       rcdx  rcx  rc      rc     rcx      r      r       rcx    rc
        webhooks      rcud  r    -       -      rcud     -      r       r      ru
        ledger        rx    r    -       -      rx       -      rx      r      c
        people        rcud  r    r       r      rcud     -      r       r      ru
        tokens        rcud  rcd  -       -      rcud     -      r       -      ru
        tenants       rcudx r    r       r      rx       r      r       r      ru
        health        r     r    r       r      r        -      r       r      rcu
        agents        rcud  rcu  r       r      rcud     r      r       rcu    rcu
        orders        rc    rc   rc      r      rc       -      r       rc     rcu
        """

    /// The columns of the table, in order.
    private static let columns: [Role] = [
        .providerAdmin, .lead, .analyst, .hunter, .customerAdmin, .customerViewer, .auditor,
        .apiClient, .service,
    ]

    private static let cells: [Role: Set<Permission>] = {
        var cells: [Role: Set<Permission>] = [:]
        for line in table.split(separator: "\n").dropFirst() {
            let words = line.split(separator: " ")
            let resource = Permission.Resource(rawValue: String(words[0]))
            precondition(words.count == columns.count + 1, "a row has a cell for each role")
            guard let resource else { preconditionFailure("\(words[0]) is no resource") }
            for (role, letters) in zip(columns, words.dropFirst()) where letters != "-" {
                for letter in letters {
                    cells[role, default: []].insert(Permission(action(letter), resource))
                }
            }
        }
        return cells
    }()

    private static func action(_ letter: Character) -> Permission.Action {
        switch letter {
        case "r": .read
        case "c": .create
        case "u": .update
        case "d": .delete
        case "v": .decide
        case "i": .ingest
        case "x": .export
        default: preconditionFailure("\(letter) is no action")
        }
    }

    package static func allows(_ role: Role, _ permission: Permission) -> Bool {
        cells[role]?.contains(permission) == true
    }

    package static func permissions(of role: Role) -> Set<Permission> { cells[role] ?? [] }

    /// The whole table, one line for each resource and action, one word for each role that may.
    ///
    /// This is what the golden file holds and documents show.
    package static var text: String {
        var lines: [String] = []
        for resource in Permission.Resource.allCases {
            for action in Permission.Action.allCases {
                let permission = Permission(action, resource)
                let roles = Role.allCases.filter { allows($0, permission) }.map(\.rawValue)
                guard !roles.isEmpty else { continue }
                lines.append(
                    "\(resource.rawValue) \(action.rawValue): " + roles.joined(separator: " "))
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
