import Files

/// Where the processes that work on a study say so: `claims/<worker>.json` is a process's heartbeat, and the symbolic link
/// `claims/<job>@<generation>`, which leads to no file but names a worker, its claim on a job.
///
/// A link is made at once, with what it says, or not at all where there is one of that name: on NFS and Lustre, too.
package struct ClaimFolder: Equatable, Sendable {
  package let path: String

  package init(_ study: StudyFolder) { path = study.path + "/claims" }

  private static let heartbeatSuffix = ".json"

  package func heartbeat(of worker: String) -> String { "\(path)/\(worker)\(Self.heartbeatSuffix)" }

  func claim(_ job: String, _ generation: Int) -> String { "\(path)/\(job)@\(generation)" }

  /// What the folder lists at a moment.
  package struct Listing: Equatable, Sendable {
    /// The generations of each job's claims, ascending.
    package var claims: [String: [Int]] = [:]
    package var workers: [String] = []
  }

  /// What is there now; nothing where there is no folder.
  ///
  /// - Throws: `FileError`.
  package func list() throws -> Listing {
    var listing = Listing()
    guard FileSystem.isFolder(path) else { return listing }
    for name in try FileSystem.names(in: path) {
      if name.hasSuffix(Self.heartbeatSuffix) {
        listing.workers.append(String(name.dropLast(Self.heartbeatSuffix.count)))
      } else if let at = name.lastIndex(of: "@"), let generation = Int(name[name.index(after: at)...]) {
        listing.claims[String(name[..<at]), default: []].append(generation)
      }
    }
    for job in listing.claims.keys { listing.claims[job]?.sort() }
    return listing
  }

  /// The worker that a claim names; nil where the claim is gone.
  package func owner(of job: String, _ generation: Int) -> String? {
    try? FileSystem.target(ofLink: claim(job, generation))
  }
}
