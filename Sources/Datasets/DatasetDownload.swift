import Foundation

/// Brings the files of a public data set into a folder, each checked before it gets its name.
package struct DatasetDownload {
  /// What happens during a download, for people to see.
  package enum Event: Equatable {
    /// The file was there, and good.
    case present(String)
    /// A request begins, at a byte of the file.
    case started(file: String, url: String, offset: Int)
    /// So many bytes of the compressed file are there.
    case received(file: String, bytes: Int)
    /// A request failed, and why.
    case failed(file: String, url: String, reason: String)
    /// The file that was there was not the published one and got another name.
    case replaced(file: String, keptAs: String)
    /// The file cannot be locked, and why: no other download should write it.
    case notLocked(path: String, reason: String)
    /// The file is complete and checked.
    case finished(path: String)
  }

  package var set: PublishedSet
  package var directory: String
  /// How long, in seconds, a server may take to accept a connection or to send nothing.
  package var timeout = 30
  /// How often each mirror is asked for a file.
  package var attempts = 4
  /// How long, in seconds, to wait before asking a mirror again.
  package var pause = 1.0
  /// Where to look for the `curl` program.
  package var searchPath = ProcessInfo.processInfo.environment["PATH"]

  package init(set: PublishedSet, directory: String) {
    self.set = set
    self.directory = directory
  }

  /// Downloads the files that are not there yet, going on where an earlier download ended.
  ///
  /// - Throws: `DownloadError` if a file can be had from no mirror, or the folder cannot be written.
  package func run(report: (Event) -> Void) throws {
    try makeFolder(directory)
    for file in set.files {
      try fetch(file, report)
    }
  }

  private func makeFolder(_ path: String) throws {
    let above = URL(fileURLWithPath: path).deletingLastPathComponent().path
    if access(above, F_OK) != 0, above != path { try makeFolder(above) }
    guard mkdir(path, 0o755) != 0 else { return }
    let reason = String(cString: strerror(errno))
    // The dot follows a link, and is not in a file.
    guard access(path + "/.", F_OK) == 0 else {
      throw DownloadError("\(path): this folder cannot be made: \(reason)")
    }
  }

  static func partialPath(of name: String, in directory: String) -> String {
    path(name + ".gz.part", in: directory)
  }

  private static func path(_ name: String, in directory: String) -> String {
    URL(fileURLWithPath: directory).appendingPathComponent(name).path
  }

  private func fetch(_ file: PublishedFile, _ report: (Event) -> Void) throws {
    // Only what is there under that name matters here, and whose it is.
    let existing = DatasetCheck.entry(file.name, in: directory, sets: [set] + PublishedSet.all)
    switch existing.state {
    case .published(in: set.name):
      return report(.present(file.name))
    case .published(let other):
      throw DownloadError(
        "\(directory): it holds \(file.name) of \(other), which has the same name in \(set.name); "
          + "choose another folder")
    case .missing, .unknown, .unreadable: break
    }
    let curl = try CurlTransfer.program(searchPath: searchPath)
    let partial = try PartialFile(path: Self.partialPath(of: file.name, in: directory))
    if let reason = partial.lockProblem { report(.notLocked(path: partial.path, reason: reason)) }
    var failures: [String] = []
    for mirror in set.mirrors {
      let url = mirror + (mirror.hasSuffix("/") ? "" : "/") + file.name + ".gz"
      let transfer = CurlTransfer(program: curl, url: url, timeout: timeout)
      guard let failure = try fetch(file, by: transfer, into: partial, report) else {
        return try publish(file, partial, replacing: existing.path, report)
      }
      failures.append("\(url): \(failure)")
    }
    if partial.size == 0 {
      try? FileManager.default.removeItem(atPath: partial.path)
    }
    let rest = partial.size > 0 ? "; the same command goes on from the \(partial.size) bytes that came" : ""
    throw DownloadError(
      "\(file.name): it cannot be downloaded (\(failures.joined(separator: "; "))); check the connection, "
        + "or name another source with --mirror\(rest)")
  }

  /// Fills the partial file with a good copy from one address, or says why that did not work.
  private func fetch(
    _ file: PublishedFile, by transfer: CurlTransfer, into partial: PartialFile, _ report: (Event) -> Void
  ) throws -> String? {
    // Compression never makes a file larger by more than this.
    let limit = file.size + file.size / 100 + 1024
    var failure = ""
    for attempt in 0..<attempts {
      if attempt > 0 { Thread.sleep(forTimeInterval: pause) }
      if partial.size > limit { try partial.clear() }
      let offset = partial.size
      report(.started(file: file.name, url: transfer.url, offset: offset))
      let outcome: CurlTransfer.Outcome
      do {
        outcome = try transfer.run(from: offset) { bytes in
          guard partial.size + bytes.count <= limit else { throw TooLarge() }
          try partial.append(bytes)
          report(.received(file: file.name, bytes: partial.size))
        }
      } catch is TooLarge {
        outcome = .complete
      }
      switch outcome {
      case .complete:
        guard let mismatch = mismatch(file, partial.path, limit: file.size) else { return nil }
        failure = mismatch
        try partial.clear()
      case .cannotResume:
        failure = "the server cannot go on at byte \(offset)"
        // It may be that all bytes were there already.
        if mismatch(file, partial.path, limit: file.size) == nil { return nil }
        try partial.clear()
      case .interrupted(let reason), .refused(let reason):
        failure = reason
      }
      report(.failed(file: file.name, url: transfer.url, reason: failure))
      if case .refused = outcome { break }
      // What a mirror sent whole does not get better; what was put together from two sources may.
      if outcome == .complete, offset == 0 { break }
    }
    return failure
  }

  private struct TooLarge: Error {}

  /// What is wrong with a complete file, or nil.
  private func mismatch(_ file: PublishedFile, _ path: String, limit: Int) -> String? {
    guard let digest = try? ContentDigest(ofFile: path, limit: limit, remedy: "") else {
      return "what came is damaged: it cannot be decompressed, or is too large"
    }
    guard digest.sha256 == file.sha256 else {
      return "what came is not \(set.name): its SHA-256 is \(digest.sha256), not \(file.sha256)"
    }
    return nil
  }

  private func publish(
    _ file: PublishedFile, _ partial: PartialFile, replacing old: String?, _ report: (Event) -> Void
  ) throws {
    if let old {
      let kept = old + ".replaced"
      guard rename(old, kept) == 0 else {
        throw DownloadError("\(old): it cannot be renamed: \(String(cString: strerror(errno)))")
      }
      report(.replaced(file: old, keptAs: kept))
    }
    let target = Self.path(partial.isGzip ? file.name + ".gz" : file.name, in: directory)
    try partial.publish(as: target)
    report(.finished(path: target))
  }
}
