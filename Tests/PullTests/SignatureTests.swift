import Engine
import Listen
import Tenancy
import Testing

@testable import Pull

@Suite struct `Signatures of AWS` {
    struct Vector: Sendable, CustomTestStringConvertible {
        var name: String
        var request: SignatureV4.Request
        var service = "service"
        var keyID = "AKIDEXAMPLE"
        var secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
        var time = "2015-08-30T12:36:00Z"
        var signature: String

        var testDescription: String { name }
    }

    /// The first four are of AWS's own suite, the last is the example of its S3 documentation.
    static let vectors = [
        Vector(
            name: "get-vanilla",
            request: .init(method: "GET", path: "/", headers: ["host": "example.amazonaws.com"]),
            signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Vector(
            name: "post-vanilla",
            request: .init(method: "POST", path: "/", headers: ["host": "example.amazonaws.com"]),
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        Vector(
            name: "get-vanilla-query-order-key-case",
            request: .init(
                method: "GET", path: "/",
                query: [(name: "Param2", value: "value2"), (name: "Param1", value: "value1")],
                headers: ["host": "example.amazonaws.com"]),
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        Vector(
            name: "get-header-value-trim",
            request: .init(
                method: "GET", path: "/",
                headers: [
                    "host": "example.amazonaws.com", "my-header1": " value1",
                    "my-header2": " \"a   b   c\"",
                ]),
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
        Vector(
            name: "S3 GetObject",
            request: .init(
                method: "GET", path: "/test.txt",
                headers: ["host": "examplebucket.s3.amazonaws.com", "range": "bytes=0-9"]),
            service: "s3", keyID: "AKIAIOSFODNN7EXAMPLE",
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", time: "2013-05-24T00:00:00Z",
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    ]

    @Test(arguments: vectors)
    func `agree with the published ones`(vector: Vector) throws {
        let credentials = try #require(AWSCredentials(keyID: vector.keyID, secret: vector.secret))
        let time = try #require(TimestampText.parse(vector.time))
        let headers = SignatureV4(region: "us-east-1", service: vector.service)
            .headers(for: vector.request, by: credentials, at: time)
        #expect(headers["authorization"]?.hasSuffix("Signature=\(vector.signature)") == true)
    }

    @Test func `a path keeps its slashes and nothing else that is not plain`() {
        #expect(
            SignatureV4.encoded("a b/ü+~.json", keepingSlashes: true)
                == "a%20b/%C3%BC%2B~.json")
        #expect(SignatureV4.encoded("a/b") == "a%2Fb")
    }

    @Test func `credentials never tell their secret`() throws {
        let credentials = try #require(
            AWSCredentials(keyID: "AKID", secret: "hidden", sessionToken: "lent"))
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(!text.contains("hidden") && !text.contains("lent"))
        }
    }

    @Test func `credentials are read from a file's profile`() {
        let file = """
            [default]
            aws_access_key_id = A
            aws_secret_access_key=S
            [other]
              aws_access_key_id=B
            aws_secret_access_key = T
            aws_session_token = U
            """
        #expect(AWSCredentials(file: file, profile: "default")?.secret == "S")
        #expect(AWSCredentials(file: file, profile: "other")?.sessionToken == "U")
        #expect(AWSCredentials(file: file, profile: "third") == nil)
        #expect(AWSCredentials(keyID: "A", secret: "S\r\nHost: x") == nil)
        #expect(AWSCredentials(keyID: "A", secret: "") == nil)
    }
}

@Suite struct `Notices of objects` {
    private static func notice(_ key: String, bucket: String = "trail", event: String = "Put")
        -> String
    {
        """
        {"Records":[{"eventVersion":"2.1","awsRegion":"eu-west-1","eventName":"ObjectCreated:\(event)",
        "s3":{"bucket":{"name":"\(bucket)"},"object":{"key":"\(key)","size":5}}}]}
        """
    }

    @Test func `name the objects that were made`() throws {
        let notice = try S3Notice(Self.notice("AWSLogs/1/a+b%2Bc.json.gz"))
        #expect(
            notice.objects == [
                .init(bucket: "trail", key: "AWSLogs/1/a b+c.json.gz", region: "eu-west-1")
            ])
        #expect(!notice.isTest)
    }

    @Test func `are read in the wrappings of SNS and EventBridge`() throws {
        let inner = Self.notice("k").replacing("\"", with: "\\\"").replacing("\n", with: " ")
        let wrapped = try S3Notice("{\"Type\":\"Notification\",\"Message\":\"\(inner)\"}")
        #expect(wrapped.objects.map(\.key) == ["k"])
        let bridge = try S3Notice(
            """
            {"detail-type":"Object Created","region":"us-east-1",
            "detail":{"bucket":{"name":"trail"},"object":{"key":"a+b"}}}
            """)
        #expect(bridge.objects == [.init(bucket: "trail", key: "a+b", region: "us-east-1")])
    }

    @Test func `of a test, or of something removed, name none`() throws {
        let test = try S3Notice(
            #"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"trail"}"#)
        #expect(test.isTest && test.objects.isEmpty)
        let removed = Self.notice("k").replacing("ObjectCreated", with: "ObjectRemoved")
        #expect(try S3Notice(removed).objects.isEmpty)
    }

    @Test(arguments: ["", "hello", "{}", "[]", #"{"Records":5}"#, #"{"Records":[{"a":1}]}"#])
    func `that are none are refused`(body: String) {
        #expect(throws: S3Notice.Failure.notANotice) { try S3Notice(body) }
    }

    @Test func `with names that cannot be are refused`() {
        let long = String(repeating: "k", count: 1025)
        for body in [
            Self.notice("k", bucket: "../etc"), Self.notice("k", bucket: "a"), Self.notice(long),
            Self.notice("%ff"), Self.notice("%4"),
            Self.notice("k").replacing("eu-west-1", with: "evil.example/"),
        ] {
            #expect(throws: S3Notice.Failure.malformedName) { try S3Notice(body) }
        }
    }

    @Test func `of a queue say its region`() {
        let plan = PullPlan("main/trail=https://sqs.eu-west-1.amazonaws.com/123456789012/q")
        #expect(plan?.region == "eu-west-1")
        #expect(plan?.binding.tenant.text == "main")
        #expect(PullPlan("main/trail=http://127.0.0.1:5000/1/q")?.region == nil)
        #expect(PullPlan("main=https://x/") == nil && PullPlan("main/trail=ftp://x") == nil)
    }
}
