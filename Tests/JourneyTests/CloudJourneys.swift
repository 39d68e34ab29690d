import Engine
import TestKit

extension Journey {
    /// Networks, clouds and identity providers.
    static let cloud: [Journey] = [
        Journey(
            "Zeek TSV",
            "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
                + "#path\tdns\n#fields\tts\tuid\tid.orig_h\tid.resp_h\tquery\n"
                + "#types\ttime\tstring\taddr\taddr\tstring\n"
                + "1709281740.0\tC1\t192.0.2.1\t192.0.2.53\tok.example\n"
                + "1709281800.5\tC2\t192.0.2.1\t192.0.2.53\tevil.example\n", format: .zeekTSV,
            logsource: "product: zeek, service: dns", selection: "query: evil.example",
            time: "2024-03-01T08:30:00.500Z", record: 9),
        Journey(
            "Zeek JSON",
            json([
                #""ts":1709281740.0,"uid":"C1","id.orig_h":"192.0.2.1","id.resp_h":"192.0.2.53","query":"ok.example","qtype_name":"A""#,
                #""ts":1709281800.5,"uid":"C2","id.orig_h":"192.0.2.1","id.resp_h":"192.0.2.53","query":"evil.example","qtype_name":"A""#,
            ]), format: .json, logsource: "product: zeek, service: dns",
            selection: "query: evil.example", time: "2024-03-01T08:30:00.500Z", record: 2),
        Journey(
            "Suricata",
            json([
                #""timestamp":"2024-03-01T08:29:00.000000+0000","flow_id":1,"event_type":"dns","src_ip":"192.0.2.1","dest_ip":"192.0.2.53","proto":"UDP","dns":{"rrname":"ok.example"}"#,
                #""timestamp":"2024-03-01T08:30:00.250000+0000","flow_id":2,"event_type":"dns","src_ip":"192.0.2.1","dest_ip":"192.0.2.53","proto":"UDP","host":"sensor1","dns":{"rrname":"evil.example"}"#,
            ]), format: .json, logsource: "category: dns", selection: "query: evil.example",
            host: "sensor1", time: "2024-03-01T08:30:00.250Z", record: 2),
        Journey(
            "CloudTrail lines", json([trail("GetObject"), trail("StopLogging")]), format: .json,
            logsource: "product: aws, service: cloudtrail", selection: "eventName: StopLogging",
            user: "dev", time: "2024-03-01T08:30:00Z", record: 2),
        Journey(
            "CloudTrail Records",
            #"{"Records":[{\#(trail("GetObject"))},{\#(trail("StopLogging"))}]}"#,
            format: .jsonArray, logsource: "product: aws, service: cloudtrail",
            selection: "eventName: StopLogging", user: "dev",
            time: "2024-03-01T08:30:00Z", record: 2),
        Journey(
            "Entra ID sign-in",
            json([
                #""time":"2024-03-01T08:30:00Z","resourceId":"/tenants/1","operationName":"Sign-in activity","category":"SignInLogs","resultType":"50126","callerIpAddress":"203.0.113.9","properties":{"userPrincipalName":"amy@example.com","appDisplayName":"Portal","ipAddress":"203.0.113.9"}"#
            ]), format: .json, logsource: "product: azure, service: signinlogs",
            selection: "ResultType: 50126", user: "amy@example.com",
            time: "2024-03-01T08:30:00Z"),
        Journey(
            "Azure activity",
            json([
                #""time":"2024-03-01T08:30:00Z","resourceId":"/subscriptions/1","operationName":"MICROSOFT.AUTHORIZATION/LOCKS/DELETE","category":"Administrative","callerIpAddress":"203.0.113.9","caller":"amy@example.com","identity":{"authorization":{"scope":"/subscriptions/1","action":"Microsoft.Authorization/locks/delete"}},"level":"Information""#
            ]), format: .json, logsource: "product: azure, service: activitylogs",
            selection: "operationName: MICROSOFT.AUTHORIZATION/LOCKS/DELETE",
            user: "amy@example.com", time: "2024-03-01T08:30:00Z"),
        Journey(
            "Microsoft 365",
            json([
                #""CreationTime":"2024-03-01T08:30:00","Id":"1","Operation":"New-InboxRule","OrganizationId":"o","RecordType":1,"ResultStatus":"True","UserId":"amy@example.com","Workload":"Exchange""#
            ]), format: .json, logsource: "product: m365, service: audit",
            selection: "Operation: New-InboxRule", user: "amy@example.com",
            time: "2024-03-01T08:30:00Z"),
        Journey(
            "Microsoft 365 parameters",
            json([
                #""CreationTime":"2024-03-01T08:30:00","Id":"1","Operation":"New-InboxRule","OrganizationId":"o","RecordType":1,"ResultStatus":"True","UserId":"amy@example.com","Workload":"Exchange","Parameters":[{"Name":"Name","Value":"evil@example.net"},{"Name":"ForwardTo","Value":"me@example.com"}]"#,
                #""CreationTime":"2024-03-01T08:30:00","Id":"2","Operation":"New-InboxRule","OrganizationId":"o","RecordType":1,"ResultStatus":"True","UserId":"amy@example.com","Workload":"Exchange","Parameters":[{"Name":"Name","Value":"x"},{"Name":"ForwardTo","Value":"evil@example.net"}]"#,
            ]), format: .json, logsource: "product: m365, service: audit",
            selection: "Parameters.ForwardTo|contains: evil, Parameters: ForwardTo",
            user: "amy@example.com", time: "2024-03-01T08:30:00Z", record: 2),
        Journey(
            "CloudTrail request as a whole",
            json([
                trail("PutBucketPolicy") + #","requestParameters":{"policy":{"Effect":"Deny"}}"#,
                trail("PutBucketPolicy") + #","requestParameters":{"policy":{"Effect":"Allow"}}"#,
            ]), format: .json, logsource: "product: aws, service: cloudtrail",
            selection: #"requestParameters|contains: '"Effect":"Allow"'"#, user: "dev",
            time: "2024-03-01T08:30:00Z", record: 2),
        Journey(
            "Google Workspace",
            json([
                #""kind":"admin#reports#activity","id":{"time":"2024-03-01T08:30:00.000Z","applicationName":"admin","customerId":"c"},"actor":{"email":"amy@example.com"},"events":[{"type":"DELEGATED_ADMIN_SETTINGS","name":"ASSIGN_ROLE"}]"#
            ]), format: .json, logsource: "product: gcp, service: google_workspace.admin",
            selection: "eventName: ASSIGN_ROLE", user: "amy@example.com",
            time: "2024-03-01T08:30:00Z"),
        Journey(
            "GCP audit",
            json([
                #""logName":"l","insertId":"i","timestamp":"2024-03-01T08:30:00Z","protoPayload":{"serviceName":"iam.googleapis.com","methodName":"google.iam.admin.v1.CreateServiceAccountKey","authenticationInfo":{"principalEmail":"amy@example.com"}}"#
            ]), format: .json, logsource: "product: gcp, service: gcp.audit",
            selection: "gcp.audit.method_name|endswith: CreateServiceAccountKey",
            user: "amy@example.com", time: "2024-03-01T08:30:00Z"),
        Journey(
            "Okta",
            json([
                #""eventType":"user.mfa.factor.deactivate","published":"2024-03-01T08:30:00.000Z","displayMessage":"m","actor":{"alternateId":"amy@example.com"},"outcome":{"result":"SUCCESS"}"#
            ]), format: .json, logsource: "product: okta, service: okta",
            selection: "eventtype: user.mfa.factor.deactivate", user: "amy@example.com",
            time: "2024-03-01T08:30:00Z"),
        Journey(
            "Kubernetes audit",
            json([
                #""kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"1","stage":"ResponseComplete","requestURI":"/api","verb":"create","user":{"username":"amy"},"objectRef":{"resource":"pods","subresource":"exec"},"requestReceivedTimestamp":"2024-03-01T08:30:00.000000Z""#
            ]), format: .json,
            logsource: "product: kubernetes, service: audit, category: application",
            selection: "verb: create, objectRef.subresource: exec", user: "amy",
            time: "2024-03-01T08:30:00Z"),
        Journey(
            "GitHub audit",
            json([
                #""@timestamp":1709281800000,"_document_id":"d","action":"protected_branch.destroy","actor":"amy","org":"o","repo":"r""#
            ]), format: .json, logsource: "product: github, service: audit",
            selection: "action: protected_branch.destroy", user: "amy",
            time: "2024-03-01T08:30:00Z"),
    ]

    private static func trail(_ name: String) -> String {
        #""eventVersion":"1.08","eventTime":"2024-03-01T08:30:00Z","eventSource":"cloudtrail.amazonaws.com","eventName":"\#(name)","awsRegion":"eu-1","sourceIPAddress":"203.0.113.9","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::1:user/dev","userName":"dev"}"#
    }

    private static func json(_ members: [String]) -> String {
        members.map { "{\($0)}\n" }.joined()
    }
}
