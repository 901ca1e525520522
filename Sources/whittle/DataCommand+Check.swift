import ArgumentParser
import Datasets
import Files

extension DataCommand {
  /// `whittle data check`.
  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say which files of data sets are in a folder, and whether they are sound.",
      discussion: "Ends with an error unless the files of a set are all there, and are the published ones.")

    @Argument(
      help: ArgumentHelp("The folder with the files.", valueName: "folder"), transform: HomeFolder.expand)
    var directory: String

    func run() async throws {
      let check = try DatasetCheck(directory: directory)
      for entry in check.entries {
        try Output.print(Self.line(entry))
      }
      let complete = check.groups.compactMap(\.completeSet)
      guard !complete.isEmpty, complete.count == check.groups.count else {
        throw IncompleteDataset(check)
      }
      try Output.print("\(directory) holds \(complete.joined(separator: " and ")), complete and unchanged")
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
      case .misnamed(let file, let set):
        return "\(entry.name): present\(size), but it is \(file) of \(set)"
      case .unreadable(let problem):
        return "\(entry.name): present, but damaged: \(problem)"
      }
    }
  }
}

/// A folder was checked and does not hold a whole, published data set.
struct IncompleteDataset: Error, CustomStringConvertible {
  let description: String

  init(_ check: DatasetCheck) {
    let incomplete = check.groups.filter { $0.completeSet == nil }
    if let problem = incomplete.compactMap(\.problem).first {
      description = problem
    } else if check.groups.isEmpty {
      description =
        "\(check.directory): it holds no file of a data set that Whittle knows; 'whittle data list' shows them"
    } else if incomplete.allSatisfy(\.isSound) {
      // A set of somebody's own, or one whose checksums are not published.
      description =
        "\(check.directory): this is not a complete published data set; its files can be read, and a study trains on "
        + "them as they are"
    } else {
      description =
        "\(check.directory): this is not a complete published data set; get one with 'whittle data download NAME "
        + "--directory DIR'"
    }
  }
}
