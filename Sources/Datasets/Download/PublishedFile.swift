/// A file of a public data set.
package struct PublishedFile: Sendable, Equatable {
  /// What a file is known by: a SHA-256 in lower-case hex.
  package enum Digest: Sendable, Equatable {
    /// Of the uncompressed content. Compressed copies differ between mirrors.
    case content(String)
    /// Of the gzip file, where no other is published.
    case stored(String)
  }

  /// The name without `.gz`.
  package var name: String
  /// The size of the uncompressed content in bytes.
  package var size: Int
  package var digest: Digest

  package init(name: String, size: Int, digest: Digest) {
    self.name = name
    self.size = size
    self.digest = digest
  }

  /// Whether a file is this one.
  func isKnown(by found: ContentDigest) -> Bool {
    switch digest {
    case .content(let sha256): found.sha256 == sha256
    case .stored(let sha256): found.storedSHA256 == sha256
    }
  }
}

/// A tar file, compressed as gzip, that holds all files of a set.
package struct PublishedArchive: Sendable, Equatable {
  package var name: String
  /// Its size in bytes.
  package var size: Int
  /// The SHA-256 of the compressed file, in lower-case hex.
  package var sha256: String

  package init(name: String, size: Int, sha256: String) {
    self.name = name
    self.size = size
    self.sha256 = sha256
  }
}

/// A data set that can be downloaded: its files and where they are.
package struct PublishedSet: Sendable {
  package var name: String
  package var files: [PublishedFile]
  /// Folders on the web that hold the files, gzip-compressed, or the archive, in the order in which to try them.
  package var mirrors: [String]
  /// What the files come in; nil where each comes by itself.
  package var archive: PublishedArchive?

  package init(name: String, files: [PublishedFile], mirrors: [String], archive: PublishedArchive? = nil) {
    self.name = name
    self.files = files
    self.mirrors = mirrors
    self.archive = archive
  }

  /// Whether a file is this set's of that name.
  func has(_ name: String, _ digest: ContentDigest) -> Bool {
    files.contains { $0.name == name && $0.isKnown(by: digest) }
  }

  /// The set's file that a file is, whatever its name.
  func file(_ digest: ContentDigest) -> PublishedFile? { files.first { $0.isKnown(by: digest) } }
}

extension DatasetCatalog {
  /// The sets that can be downloaded.
  package static let published = all.compactMap(\.published)
}
