/// Where a Linux host starts what nobody asked for just now: each kind with the paths it can stand at.
///
/// In a path `*` stands for any one name that does not begin with `.kagari-`, `~` for every user's home.
package enum AutorunPlace: String, Hashable, Sendable, CaseIterable {
    case cron, at, unit, generator, initScript = "init", profile, shell, ssh, loader, udev, pam,
        autostart, motd
    case network, python, packages, modules, sudo
    /// Files with the set-user-id or set-group-id bit or capabilities, wherever they are.
    case elevated

    var patterns: [String] {
        switch self {
        case .cron:
            ["hourly", "daily", "weekly", "monthly", "yearly", "d"].map { "/etc/cron.\($0)/*" }
                + [
                    "/etc/crontab", "/etc/anacrontab", "/var/spool/cron/crontabs/*",
                    "/var/spool/cron/*",
                ]
        case .at: ["/var/spool/cron/atjobs/*", "/var/spool/at/*"]
        case .unit: Self.unitFolders.flatMap { ["\($0)/*", "\($0)/*/*"] }
        case .generator:
            ["/etc", "/run", "/lib", "/usr/lib", "/usr/local/lib"].flatMap { base in
                ["system-generators", "user-generators", "system-shutdown", "system-sleep"]
                    .map { "\(base)/systemd/\($0)/*" }
            }
        case .initScript:
            ["/etc/rc.local", "/etc/rc.d/rc.local", "/etc/init.d/*", "/etc/inittab"]
                + (0...6).map { "/etc/rc\($0).d/*" } + ["/etc/rcS.d/*", "/etc/init/*"]
        case .profile:
            [
                "/etc/profile", "/etc/profile.d/*", "/etc/bash.bashrc", "/etc/bashrc", "/etc/zsh/*",
                "/etc/environment", "/etc/environment.d/*", "/etc/skel/*",
            ]
        case .shell:
            [
                "bashrc", "bash_profile", "bash_login", "bash_logout", "profile", "zshrc",
                "zprofile", "zshenv",
                "zlogin", "kshrc", "config/fish/config.fish", "config/fish/conf.d/*",
                "pam_environment",
                "xinitrc", "xsession", "vimrc", "gitconfig",
            ].map { "~/.\($0)" }
        case .ssh:
            [
                "~/.ssh/authorized_keys", "~/.ssh/authorized_keys2", "~/.ssh/rc",
                "~/.ssh/environment",
                "~/.ssh/config", "/etc/ssh/sshrc", "/etc/ssh/sshd_config",
                "/etc/ssh/sshd_config.d/*",
                "/etc/ssh/ssh_config", "/etc/ssh/ssh_config.d/*",
            ]
        case .loader: ["/etc/ld.so.preload", "/etc/ld.so.conf", "/etc/ld.so.conf.d/*"]
        case .udev: ["/etc", "/run", "/lib", "/usr/lib"].map { "\($0)/udev/rules.d/*" }
        case .pam:
            [
                "/etc/pam.d/*", "/etc/pam.conf", "/etc/security/*", "/lib/*/security/*",
                "/usr/lib/*/security/*",
                "/usr/lib64/security/*",
            ]
        case .autostart:
            ["/etc/xdg/autostart/*", "/usr/share/autostart/*", "~/.config/autostart/*"]
        case .motd: ["/etc/update-motd.d/*"]
        case .network:
            [
                "/etc/NetworkManager/dispatcher.d/*", "/etc/NetworkManager/dispatcher.d/*/*",
                "/usr/lib/NetworkManager/dispatcher.d/*", "/etc/networkd-dispatcher/*/*",
                "/etc/network/if-up.d/*", "/etc/network/if-down.d/*", "/etc/network/if-pre-up.d/*",
                "/etc/network/if-post-down.d/*", "/etc/network/interfaces",
                "/etc/network/interfaces.d/*",
                "/etc/dhcp/dhclient-enter-hooks.d/*", "/etc/dhcp/dhclient-exit-hooks.d/*",
                "/etc/ppp/ip-up.d/*", "/etc/ppp/ip-down.d/*",
            ]
        case .python:
            [
                "/usr/lib/python3*/*.pth", "/usr/lib/python3*/sitecustomize.py",
                "/etc/python3*/sitecustomize.py",
                "/usr/lib/python3/dist-packages/*.pth",
                "/usr/local/lib/python3*/dist-packages/*.pth",
                "/usr/local/lib/python3*/site-packages/*.pth",
                "~/.local/lib/python3*/site-packages/*.pth",
                "~/.local/lib/python3*/site-packages/usercustomize.py",
            ]
        case .packages:
            [
                "/etc/apt/apt.conf", "/etc/apt/apt.conf.d/*", "/etc/apt/sources.list",
                "/etc/apt/sources.list.d/*", "/etc/dpkg/dpkg.cfg.d/*", "/etc/yum/pluginconf.d/*",
                "/etc/dnf/plugins/*",
            ]
        case .modules:
            [
                "/etc/modules", "/etc/modules-load.d/*", "/usr/lib/modules-load.d/*",
                "/etc/modprobe.d/*",
                "/usr/lib/modprobe.d/*", "/etc/initramfs-tools/hooks/*",
                "/etc/initramfs-tools/scripts/*/*",
            ]
        case .sudo:
            ["/etc/sudoers", "/etc/sudoers.d/*", "/etc/doas.conf", "/etc/polkit-1/rules.d/*"]
        case .elevated: []
        }
    }

    private static var unitFolders: [String] {
        ["/etc", "/run", "/lib", "/usr/lib", "/usr/local/lib"].flatMap { base in
            ["\(base)/systemd/system", "\(base)/systemd/user"]
        } + ["~/.config/systemd/user", "~/.local/share/systemd/user"]
    }

    /// Whether `name` fits a part of a pattern: at most one `*` in it.
    static func fits(_ name: [UInt8], _ part: Substring) -> Bool {
        guard !name.starts(with: ".kagari-".utf8) else { return false }
        let halves = part.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        guard halves.count == 2 else { return name.elementsEqual(part.utf8) }
        return name.count >= halves[0].count + halves[1].count && name.starts(with: halves[0])
            && name.suffix(halves[1].count).elementsEqual(halves[1])
    }
}
