import Foundation

/// Brings one file from the first mirror that has a good copy.
struct FileTransfer {
  /// What reports call the file.
  let file: String
  /// Its name on the web.
  let remote: String
  /// The most bytes that it can have.
  let limit: Int
  let download: DatasetDownload
  /// What is wrong with the complete file at a path, or nil.
  let mismatch: (String) -> String?

  private struct TooLarge: Error {}

  /// Fills the partial file, going on where it ends.
  ///
  /// - Throws: `DownloadError` if no mirror has the file.
  func run(into partial: PartialFile, report: (DatasetDownload.Event) -> Void) throws {
    let curl = try CurlTransfer.program(searchPath: download.searchPath)
    var failures: [String] = []
    for mirror in download.set.mirrors {
      let url = mirror + (mirror.hasSuffix("/") ? "" : "/") + remote
      let transfer = CurlTransfer(program: curl, url: url, timeout: download.timeout)
      guard let failure = try fetch(by: transfer, into: partial, report) else { return }
      failures.append("\(url): \(failure)")
    }
    if partial.size == 0 {
      try? FileManager.default.removeItem(atPath: partial.path)
    }
    let rest = partial.size > 0 ? "; the same command goes on from the \(partial.size) bytes that came" : ""
    throw DownloadError(
      "\(file): it cannot be downloaded (\(failures.joined(separator: "; "))); check the connection, "
        + "or name another source with --mirror\(rest)")
  }

  /// Fills the partial file with a good copy from one address, or says why that did not work.
  private func fetch(
    by transfer: CurlTransfer, into partial: PartialFile, _ report: (DatasetDownload.Event) -> Void
  ) throws -> String? {
    var failure = ""
    for attempt in 0..<download.attempts {
      if attempt > 0 { Thread.sleep(forTimeInterval: download.pause) }
      if partial.size > limit { try partial.clear() }
      let offset = partial.size
      report(.started(file: file, url: transfer.url, offset: offset))
      let outcome: CurlTransfer.Outcome
      do {
        outcome = try transfer.run(from: offset) { bytes in
          guard partial.size + bytes.count <= limit else { throw TooLarge() }
          try partial.append(bytes)
          report(.received(file: file, bytes: partial.size))
        }
      } catch is TooLarge {
        outcome = .complete
      }
      switch outcome {
      case .complete:
        guard let mismatch = mismatch(partial.path) else { return nil }
        failure = mismatch
        try partial.clear()
      case .cannotResume:
        failure = "the server cannot go on at byte \(offset)"
        // It may be that all bytes were there already.
        if mismatch(partial.path) == nil { return nil }
        try partial.clear()
      case .interrupted(let reason), .refused(let reason):
        failure = reason
      }
      report(.failed(file: file, url: transfer.url, reason: failure))
      if case .refused = outcome { break }
      // What a mirror sent whole does not get better; what was put together from two sources may.
      if outcome == .complete, offset == 0 { break }
    }
    return failure
  }
}
