import ArgumentParser
import Datasets
import Files

extension DataCommand {
  /// `whittle data check`.
  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Say which files of data sets are in a folder, and whether they are sound; or describe data of your own.",
      discussion: """
        Where files have the names of a known set's, it ends with an error unless they are all there, and are the published
        ones. Other data is read whole and described: images and classes, the range of the values, mean and deviation, and
        images that occur twice. Examples:

          whittle data check data/mnist
          whittle data check photos --shape 3x32x32
          whittle data check iris.csv --label species
        """)

    @Argument(
      help: ArgumentHelp("The folder with the files, or a file.", valueName: "path"),
      transform: HomeFolder.expand)
    var directory: String

    @OptionGroup var options: OwnDataOptions

    func run() async throws {
      guard FileSystem.leadsToFolder(directory) || !FileSystem.exists(directory) else {
        return try describe()
      }
      let check = try DatasetCheck(directory: directory)
      if options.format != nil || check.groups.isEmpty { return try describe() }
      // Files under the names of a known set may be of another size, in the same format.
      if !check.groups.contains(where: { $0.completeSet != nil || $0.isSound }), (try? describe()) != nil {
        return
      }
      for entry in check.entries {
        try Output.print(Self.line(entry))
      }
      let complete = check.groups.compactMap(\.completeSet)
      guard !complete.isEmpty, complete.count == check.groups.count else {
        throw IncompleteDataset(check)
      }
      try Output.print("\(directory) holds \(complete.joined(separator: " and ")), complete and unchanged")
    }

    private func describe() throws {
      let data = try options.data(at: directory)
      let reading = ReadingDisplay()
      let description = try data.describe { reading.report($0, of: $1) }
      reading.close()
      description.warnings.forEach(ErrorStream.warn)
      try Output.print(description.text, terminator: "")
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
