import Foundation

/// What a folder holds of the files of data sets.
package struct DatasetCheck {
  /// What is known of one file.
  package enum State: Equatable {
    /// It is not there, though an unfinished download of it may be.
    case missing(unfinished: Bool)
    /// Its checksum is that of the file of this name of a public set.
    case published(in: String)
    /// Its checksum is that of a public set's file of another name.
    case misnamed(as: String, in: String)
    /// It can be read, but is not a file whose checksum is known.
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

  /// The files that make up a set, or one of several whose files have the same names.
  package struct Group {
    package let entries: [Entry]
    /// The published set that they are, if all are there and unchanged.
    package let completeSet: String?
    /// Why no study can train on them: the whole line; nil where one can, or where files are missing or unreadable.
    package let problem: String?
    /// Whether a study can train on them, of whatever set they are.
    package var isSound: Bool {
      problem == nil
        && entries.allSatisfy { entry in
          switch entry.state {
          case .unknown, .published, .misnamed: true
          case .missing, .unreadable: false
          }
        }
    }
  }

  package let directory: String
  /// The groups of which something is there.
  package let groups: [Group]

  package var entries: [Entry] { groups.flatMap(\.entries) }

  /// Looks at each file that a data set should have, reading the files whole.
  ///
  /// - Throws: `DatasetError` if there is no such folder.
  package init(directory: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: directory, isDirectory: &isFolder), isFolder.boolValue else {
      throw DatasetError(
        directory, "there is no such folder", remedy: "name the folder that holds the data set's files")
    }
    self.directory = directory
    let ofFiles = DatasetCatalog.all.filter(\.needsDirectory)
    let alike = Dictionary(grouping: ofFiles, by: \.form.files)
    groups = ofFiles.compactMap { set in
      // The first of those whose files have the same names stands for them.
      guard let sets = alike[set.form.files], sets.first == set else { return nil }
      let entries = set.form.files.map {
        Self.entry($0, in: directory, subfolders: set.form.subfolders, sets: DatasetCatalog.published)
      }
      guard entries.contains(where: { $0.state != .missing(unfinished: false) }) else { return nil }
      return Group(entries, sets, directory)
    }
  }

  static func entry(
    _ name: String, in directory: String, subfolders: [String], sets: [PublishedSet]
  ) -> Entry {
    let remedy = "get it again with 'whittle data download'"
    let path: String
    switch DataFile(name, in: directory, subfolders: subfolders) {
    case .usable(let found): path = found
    case .unusable(let found, let problem):
      let error = DatasetError(found, problem, remedy: remedy)
      return Entry(name: name, path: found, size: nil, state: .unreadable(error.description))
    case .missing:
      let archives = sets.filter { $0.files.contains { $0.name == name } }.compactMap(\.archive?.name)
      let unfinished = ([name + ".gz"] + archives).contains {
        FileManager.default.fileExists(atPath: directory + "/" + $0 + ".part")
      }
      return Entry(name: name, path: nil, size: nil, state: .missing(unfinished: unfinished))
    }
    do {
      let digest = try ContentDigest(ofFile: path, remedy: remedy)
      return Entry(name: name, path: path, size: digest.size, state: state(name, digest, sets))
    } catch {
      return Entry(name: name, path: path, size: nil, state: .unreadable(String(describing: error)))
    }
  }

  private static func state(_ name: String, _ digest: ContentDigest, _ sets: [PublishedSet]) -> State {
    if let set = sets.first(where: { $0.has(name, digest) }) { return .published(in: set.name) }
    for set in sets {
      if let file = set.file(digest) { return .misnamed(as: file.name, in: set.name) }
    }
    return .unknown(sha256: digest.sha256)
  }
}

extension DatasetCheck.Group {
  /// - Parameter sets: those whose files have these names.
  fileprivate init(_ entries: [DatasetCheck.Entry], _ sets: [KnownDataset], _ directory: String) {
    self.entries = entries
    let published = entries.map { entry in
      if case .published(let set) = entry.state { set } else { String?.none }
    }
    let first = published.compactMap { $0 }.first
    completeSet = published.allSatisfy { $0 == first } ? first : nil
    let areReadable = entries.allSatisfy { $0.size != nil }
    guard completeSet == nil, areReadable, let set = sets.first(where: { $0.name == first }) ?? sets.first
    else {
      problem = nil
      return
    }
    do {
      // The files are read and checked to their last byte, whatever is taken of them.
      _ = try set.load(DatasetRequest(name: set.name, directory: directory, train: 1, test: 1))
      problem = nil
    } catch {
      problem = String(describing: error)
    }
  }
}
