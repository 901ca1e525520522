import Foundation

/// What a folder holds of the files of a data set.
package struct DatasetCheck {
  /// What is known of one file.
  package enum State: Equatable {
    /// It is not there, though an unfinished download of it may be.
    case missing(unfinished: Bool)
    /// Its checksum is that of the file of this name of a public set.
    case published(in: String)
    /// It can be read, but is not a file of a known set.
    case unknown(sha256: String)
    /// It cannot be read, or is damaged: the whole line that says so.
    case unreadable(String)
  }

  /// One file.
  package struct Entry {
    /// The name without `.gz`.
    package let name: String
    /// Where it is, if it is there.
    package let path: String?
    /// The size of its uncompressed content in bytes.
    package let size: Int?
    package let state: State
  }

  package let directory: String
  package let entries: [Entry]

  /// Looks at each file that a data set should have, reading the files whole.
  ///
  /// - Throws: `DatasetError` if there is no such folder.
  package init(directory: String, sets: [PublishedSet] = PublishedSet.all) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: directory, isDirectory: &isFolder), isFolder.boolValue else {
      throw DatasetError(
        directory, "there is no such folder", remedy: "name the folder that holds the IDX files")
    }
    self.directory = directory
    var names: [String] = []
    for file in sets.flatMap(\.files) where !names.contains(file.name) {
      names.append(file.name)
    }
    entries = names.map { Self.entry($0, in: directory, sets: sets) }
  }

  /// The set that the folder holds, if all its files are there and are of one set.
  package var completeSet: String? {
    guard case .published(let first)? = entries.first?.state else { return nil }
    return entries.allSatisfy { $0.state == .published(in: first) } ? first : nil
  }

  /// Whether all files are there and can be read, of whatever set they are.
  package var isSound: Bool {
    entries.allSatisfy { entry in
      switch entry.state {
      case .unknown, .published: true
      case .missing, .unreadable: false
      }
    }
  }

  static func entry(_ name: String, in directory: String, sets: [PublishedSet]) -> Entry {
    let remedy = "get it again with 'whittle data download'"
    let path: String
    switch DataFile(name, in: directory) {
    case .usable(let found): path = found
    case .unusable(let found, let problem):
      let error = DatasetError(found, problem, remedy: remedy)
      return Entry(name: name, path: found, size: nil, state: .unreadable(error.description))
    case .missing:
      let partial = DatasetDownload.partialPath(of: name, in: directory)
      let unfinished = FileManager.default.fileExists(atPath: partial)
      return Entry(name: name, path: nil, size: nil, state: .missing(unfinished: unfinished))
    }
    do {
      let digest = try ContentDigest(ofFile: path, remedy: remedy)
      let known = sets.first { set in
        set.files.contains { $0.name == name && $0.sha256 == digest.sha256 }
      }
      let state = known.map { State.published(in: $0.name) } ?? .unknown(sha256: digest.sha256)
      return Entry(name: name, path: path, size: digest.size, state: state)
    } catch {
      return Entry(name: name, path: path, size: nil, state: .unreadable(String(describing: error)))
    }
  }
}
