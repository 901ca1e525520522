import Foundation

extension DatasetDownload {
  /// Downloads an archive, takes out of it the files that are not there yet, and removes it.
  ///
  /// Until all files have their names the archive stays: whatever ends the command, the next one goes on from it.
  func fetch(_ archive: PublishedArchive, _ report: (Event) -> Void) throws {
    var wanted: [String: DatasetCheck.Entry] = [:]
    for file in set.files { wanted[file.name] = try existing(file, report) }
    guard !wanted.isEmpty else { return }
    let partial = try open(archive.name + ".part", report)
    let transfer = FileTransfer(
      file: archive.name, remote: archive.name, limit: archive.size, download: self
    ) { path in
      // Whatever does not decompress has another digest too.
      let found = (try? ContentDigest(ofFile: path, remedy: ""))?.storedSHA256
      guard found != archive.sha256 else { return nil }
      return "what came is not \(archive.name): "
        + (found.map { "its SHA-256 is \($0), not \(archive.sha256)" }
          ?? "it is no gzip file, or damaged")
    }
    if partial.size != archive.size || transfer.mismatch(partial.path) != nil {
      try transfer.run(into: partial, report: report)
    }
    try unpack(partial.path, wanted, report)
    unlink(partial.path)
  }

  private func unpack(
    _ archive: String, _ wanted: [String: DatasetCheck.Entry], _ report: (Event) -> Void
  ) throws {
    var missing = wanted
    let tar = try TarReader(path: archive)
    while !missing.isEmpty, let member = try tar.next() {
      let name = URL(fileURLWithPath: member).lastPathComponent
      guard let old = missing[name], let file = set.files.first(where: { $0.name == name }) else { continue }
      let partial = try open(name + ".part", report)
      do {
        try partial.clear()
        try tar.read { try partial.append($0) }
        guard file.isKnown(by: try ContentDigest(ofFile: partial.path, remedy: "")) else {
          throw DownloadError("\(archive): what it holds as \(name) is not that file of \(set.name)")
        }
        try publish(partial, as: name, replacing: old.path, report)
      } catch {
        // It is made again from the archive, and may fill a disk that is full.
        unlink(partial.path)
        throw error
      }
      missing[name] = nil
    }
    if let name = missing.keys.min() { throw DownloadError("\(archive): it does not hold \(name)") }
  }
}
