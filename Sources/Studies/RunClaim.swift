import Files
import GraphExec
import StudyFiles

/// The right to write a run's files, which is asked for right before each of them takes its place.
struct RunClaim: Sendable {
  /// Whether others may take it over.
  let isShared: Bool
  /// Throws `ClaimLost` once the right is another process's.
  let check: @Sendable () throws -> Void

  /// Calls `body`, in which no file is replaced that is another process's by then.
  func whileHeld<Value>(_ body: () throws -> Value) throws -> Value {
    try Replacing.after(check, body)
  }
}

extension BackendSummary {
  /// The device as tables name it: two texts that are equal round alike.
  var text: String { "\(name), \(version)" }
}
