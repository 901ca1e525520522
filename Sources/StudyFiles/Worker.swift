import Files
import Glibc
import Text

/// A process that works on a study, as others know it: which host and process it is, and whether it can still be there.
package struct Worker: Equatable, Sendable {
  /// Its name among all that ever worked on the study: host, process and a random tag.
  package let id: String
  package let host: String
  package let process: Int32
  /// When the process was started, in the kernel's ticks since its boot; with this a number used again is told apart.
  package let start: UInt64
  /// The boot of the kernel, and the namespace of process numbers in it: where both are one's own, one can look.
  package let boot: String
  package let namespace: String
  /// Slurm's number of the task, and how often that was requeued before; nil elsewhere.
  package let slurmJob: String?
  let slurmRestarts: Int

  package init(
    id: String, host: String, process: Int32, start: UInt64, boot: String, namespace: String,
    slurmJob: String? = nil, slurmRestarts: Int = 0
  ) {
    self.id = id
    self.host = host
    self.process = process
    self.start = start
    self.boot = boot
    self.namespace = namespace
    self.slurmJob = slurmJob
    self.slurmRestarts = slurmRestarts
  }

  /// This process, under a new name each time.
  package static func current() -> Worker {
    var buffer = [CChar](repeating: 0, count: 256)
    gethostname(&buffer, buffer.count - 1)
    let host = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    // On a cluster each node has a name of its own for Slurm, whatever its host name.
    let node = variable("SLURMD_NODENAME") ?? host
    let tag = String(UInt32.random(in: .min ... .max), radix: 36)
    let name = node.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    return Worker(
      id: "\(name.prefix(64))-\(getpid())-\(tag)", host: node, process: getpid(),
      start: startTime(of: getpid()) ?? 0, boot: text("/proc/sys/kernel/random/boot_id"),
      namespace: link("/proc/self/ns/pid") ?? "", slurmJob: variable("SLURM_JOB_ID"),
      slurmRestarts: variable("SLURM_RESTART_COUNT").flatMap { Int($0) } ?? 0)
  }

  /// Whether a process is still there, as far as this one can tell without waiting; nil where it cannot.
  func isThere(_ other: Worker) -> Bool? {
    if other.boot == boot, other.namespace == namespace, !boot.isEmpty {
      return Self.startTime(of: other.process) == other.start
    }
    // Slurm starts a task again only once the last one of it has ended.
    if let slurmJob, slurmJob == other.slurmJob, other.slurmRestarts < slurmRestarts { return false }
    return nil
  }

  /// When a process was started; nil where there is none of that number, or only what its parent has not asked about yet.
  private static func startTime(of process: Int32) -> UInt64? {
    // The name, in parentheses, may hold anything; what follows are numbers, the first being the state.
    let status = text("/proc/\(process)/stat")
    guard let end = status.lastIndex(of: ")") else { return nil }
    let fields = status[end...].split(separator: " ").dropFirst()
    guard let state = fields.first, state != "Z", state != "X", fields.count > 19 else { return nil }
    return UInt64(fields[fields.startIndex + 19])
  }

  private static func variable(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  private static func text(_ path: String) -> String {
    ((try? FileSystem.readText(path)) ?? "").split(separator: "\n").first.map(String.init) ?? ""
  }

  private static func link(_ path: String) -> String? { try? FileSystem.target(ofLink: path) }
}

extension Worker {
  /// The members that tell of it in its heartbeat.
  var members: [(String, JSONValue)] {
    [
      ("host", .string(host)), ("process", JSONValue(Int(process))), ("start", JSONValue(start)),
      ("boot", .string(boot)), ("namespace", .string(namespace)),
      ("slurm_job", slurmJob.map { .string($0) } ?? .null), ("slurm_restarts", JSONValue(slurmRestarts)),
    ]
  }

  /// Reads what `members` wrote; nil where something is missing.
  init?(id: String, _ object: JSONObject) {
    guard case .string(let host)? = object["host"], case .number(let process)? = object["process"],
      case .number(let start)? = object["start"], case .string(let boot)? = object["boot"],
      case .string(let namespace)? = object["namespace"], let process = Int32(process),
      let start = UInt64(start)
    else { return nil }
    var (job, restarts): (String?, Int) = (nil, 0)
    if case .string(let text)? = object["slurm_job"] { job = text }
    if case .number(let text)? = object["slurm_restarts"] { restarts = Int(text) ?? 0 }
    self.init(
      id: id, host: host, process: process, start: start, boot: boot, namespace: namespace, slurmJob: job,
      slurmRestarts: restarts)
  }
}
