import ArgumentParser
import Glibc
import Sense

/// The best that this kernel allows.
enum SensorChoice {
    static func best(
        _ settings: Sensor.Settings, withoutPrograms: Bool = false,
        take: @escaping ([UInt8]) -> Void
    ) throws -> any EndpointSensor {
        var reason = "nothing was to be loaded"
        if !withoutPrograms {
            do throws(Sensor.Failure) {
                return try Sensor(settings, agent: UInt32(getpid()), take: take)
            } catch {
                reason = error.sentence
                StandardOutput.say("kagari-agent: \(reason); processes alone are told\n")
            }
        }
        guard let connector = ConnectorSensor(settings, reason: reason, take: take) else {
            StandardOutput.say(
                "kagari-agent: \(reason), and there is no proc connector; run it as root\n")
            throw ExitCode(1)
        }
        return connector
    }
}
