import ArgumentParser
import Datasets
import Files

extension DataCommand {
  /// `whittle data check`.
  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say which files of a data set are in a folder, and whether they are sound.",
      discussion: "Ends with an error unless all four files are there and are those of one published set.")

    @Argument(
      help: ArgumentHelp("The folder with the files.", valueName: "folder"), transform: HomeFolder.expand)
    var directory: String

    func run() async throws {
      let check = try DatasetCheck(directory: directory)
      for entry in check.entries {
        try Output.print(Self.line(entry))
      }
      guard let name = check.completeSet else {
        throw IncompleteDataset(directory: directory, isSound: check.isSound)
      }
      try Output.print("\(directory) holds \(name), complete and unchanged")
    }

    private static func line(_ entry: DatasetCheck.Entry) -> String {
      let size = entry.size.map { ", \($0) bytes" } ?? ""
      switch entry.state {
      case .missing(let unfinished):
        return "\(entry.name): missing" + (unfinished ? ", with an unfinished download of it" : "")
      case .published(let set):
        return "\(entry.name): present\(size), checksum ok (\(set))"
      case .unknown(let sha256):
        return "\(entry.name): present\(size), not of a published set (SHA-256 \(sha256))"
      case .unreadable(let problem):
        return "\(entry.name): present, but damaged: \(problem)"
      }
    }
  }
}

/// A folder was checked and does not hold a whole, published data set.
struct IncompleteDataset: Error, CustomStringConvertible {
  let directory: String
  /// Whether all files are there and can be read: a set of somebody's own, perhaps.
  let isSound: Bool

  var description: String {
    "\(directory): this is not a complete published data set; "
      + (isSound
        ? "its files can be read, and a study trains on them as they are"
        : "get one with 'whittle data download NAME --directory DIR'")
  }
}
