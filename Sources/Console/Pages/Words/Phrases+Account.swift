/// Coming, going, and one's own account.
extension Phrase {
    static let signIn = Phrase("Sign in", "サインイン")
    static let signInName = Phrase("Name", "ユーザー名")
    static let password = Phrase("Password", "パスワード")
    static let code = Phrase("Code, if you use an app", "認証コード（認証アプリを使用している場合）")
    static let usePasskey = Phrase("Use a passkey", "パスキーを使用")
    static let or = Phrase("or", "または")
    static func signInWith(_ provider: String) -> Phrase {
        Phrase("Sign in with \(provider)", "\(provider) でサインイン")
    }
    static let signInWrong = Phrase(
        "Name, password or code is wrong.",
        "ユーザー名、パスワード、または認証コードが正しくありません。")
    static let signInSlow = Phrase(
        "Too many attempts. Wait, then try again.",
        "試行回数が多すぎます。しばらく待ってから再試行してください。")
    static let providerRefused = Phrase(
        "The identity provider did not let you in; the log says why.",
        "ID プロバイダーによるサインインが拒否されました。理由はログを確認してください。")
    static let welcome = Phrase("Welcome", "ようこそ")
    static func welcomeAs(_ login: String) -> Phrase {
        Phrase("You will sign in as \(login).", "ユーザー名は \(login) です。")
    }
    static let yourName = Phrase("Your name", "氏名")
    static let newPassword = Phrase("A password", "新しいパスワード")
    static let begin = Phrase("Begin", "利用を開始")
    static let linkGone = Phrase(
        "This link was used, is too old, or never was.",
        "このリンクは使用済みか、期限切れか、無効です。")
    static let linkGoneCure = Phrase(
        "Ask whoever sent it for another.", "送信者に新しいリンクの発行を依頼してください。")
    static let proveAgain = Phrase(
        "Prove again who you are, or sign out and in, to change anything.",
        "変更するには、本人確認をやり直すか、サインインし直してください。")
    static let prove = Phrase("Prove", "本人確認")
    static let authenticator = Phrase("Authenticator app", "認証アプリ")
    static func recoveryCodes(_ count: Int) -> Phrase {
        Phrase(
            count, one: "1 recovery code left.", many: "\(count) recovery codes left.",
            "回復コードの残り: \(count) 個")
    }
    static let removeIt = Phrase("Remove it", "解除する")
    static let setUp = Phrase("Set one up", "設定する")
    static let noAuthenticator = Phrase(
        "None yet. A code from an app keeps a stolen password from being enough.",
        "未設定です。認証コードを併用すると、パスワードが漏えいしても不正サインインを防げます。")
    static let passkeys = Phrase("Passkeys", "パスキー")
    static let noPasskeys = Phrase(
        "None yet. A passkey cannot be phished.",
        "未登録です。パスキーはフィッシングに強い認証方法です。")
    static func remove(_ name: String) -> Phrase { Phrase("Remove \(name)", "\(name)を削除") }
    static let passkeyName = Phrase("Name of a new one", "新しいパスキーの名前")
    static let addPasskey = Phrase("Add a passkey", "パスキーを追加")
    static let putIntoApp = Phrase("Put this into your app", "認証アプリに登録してください")
    static let keepCodes = Phrase(
        "Keep these codes; each works once where the app is lost",
        "回復コードを保管してください。認証アプリを紛失したとき、各コードを 1 回だけ使用できます")
    static let shownOnce = Phrase("This is shown once.", "この画面は一度しか表示されません。")
    static let confirm = Phrase("Confirm", "確認")
    static let codeShown = Phrase("The code it shows", "アプリに表示されたコード")
    static let haveThem = Phrase("I have them", "保管しました")
    static let accountKey = Phrase(
        "A key has no account; sign in.", "API キーにはアカウント画面がありません。")
}
