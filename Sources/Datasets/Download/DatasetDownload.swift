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
    if let archive = set.archive { return try fetch(archive, report) }
    for file in set.files {
      guard let old = try existing(file, report) else { continue }
      let partial = try open(file.name + ".gz.part", report)
      try transfer(of: file).run(into: partial, report: report)
      try publish(partial, as: partial.isGzip ? file.name + ".gz" : file.name, replacing: old.path, report)
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

  /// What is under a file's name; nil where it is the file.
  ///
  /// - Throws: `DownloadError` if it is another set's.
  func existing(_ file: PublishedFile, _ report: (Event) -> Void) throws -> DatasetCheck.Entry? {
    let subfolders = KnownDataset(rawValue: set.name)?.form.subfolders ?? []
    // Only what is there under that name matters here, and whose it is.
    let entry = DatasetCheck.entry(
      file.name, in: directory, subfolders: subfolders, sets: [set] + DatasetCatalog.published)
    switch entry.state {
    case .published(in: set.name):
      report(.present(file.name))
      return nil
    case .published(let other):
      throw DownloadError(
        "\(directory): it holds \(file.name) of \(other), which has the same name in \(set.name); "
          + "choose another folder")
    case .missing, .unknown, .unreadable, .misnamed: return entry
    }
  }

  /// Opens a file that is to grow in the folder.
  func open(_ name: String, _ report: (Event) -> Void) throws -> PartialFile {
    let partial = try PartialFile(path: path(name))
    if let reason = partial.lockProblem { report(.notLocked(path: partial.path, reason: reason)) }
    return partial
  }

  func path(_ name: String) -> String {
    URL(fileURLWithPath: directory).appendingPathComponent(name).path
  }

  private func transfer(of file: PublishedFile) -> FileTransfer {
    // Compression never makes a file larger by more than this.
    let limit = file.size + file.size / 100 + 1024
    return FileTransfer(file: file.name, remote: file.name + ".gz", limit: limit, download: self) { path in
      guard let digest = try? ContentDigest(ofFile: path, limit: file.size, remedy: "") else {
        return "what came is damaged: it cannot be decompressed, or is too large"
      }
      guard !file.isKnown(by: digest) else { return nil }
      switch file.digest {
      case .content(let expected):
        return "what came is not \(set.name): its SHA-256 is \(digest.sha256), not \(expected)"
      case .stored(let expected):
        let found = digest.storedSHA256 ?? digest.sha256
        return "what came is not \(set.name): its SHA-256 as it came is \(found), not \(expected)"
      }
    }
  }

  /// Gives a checked file its name; what had it is kept under another.
  func publish(
    _ partial: PartialFile, as name: String, replacing old: String?, _ report: (Event) -> Void
  ) throws {
    if let old {
      let kept = old + ".replaced"
      guard rename(old, kept) == 0 else {
        throw DownloadError("\(old): it cannot be renamed: \(String(cString: strerror(errno)))")
      }
      report(.replaced(file: old, keptAs: kept))
    }
    try partial.publish(as: path(name))
    report(.finished(path: path(name)))
  }
}
