import ArgumentParser
import Datasets
import Files
import Foundation

extension DataCommand {
  /// `whittle data download`.
  struct Download: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Download a data set from a public mirror.",
      discussion: """
        Each file is checked against its published SHA-256 before it gets its name; what comes in an archive is taken out \
        of it. Files that are \
        there already are left alone; a download that was cut off goes on where it ended when the same command is \
        given again. Needs the 'curl' program.
        """)

    @Argument(help: ArgumentHelp("Which data set: \(known).", valueName: "name"))
    var name: String

    @Option(
      help: ArgumentHelp("The folder to put the files in; it is made if need be.", valueName: "folder"),
      transform: HomeFolder.expand)
    var directory: String

    @Option(
      help: ArgumentHelp(
        "The address of a folder with the .gz files or the archive, instead of the public mirrors; may be repeated.",
        valueName: "url"))
    var mirror: [String] = []

    @Option(
      help: ArgumentHelp("How long a server may take to answer or may send nothing.", valueName: "seconds"))
    var timeout = 30

    private static let known = DatasetCatalog.published.map(\.name).joined(separator: ", ")

    func validate() throws {
      guard DatasetCatalog.published.contains(where: { $0.name == name }) else {
        if let page = KnownDataset(rawValue: name)?.page {
          throw ValidationError(
            "\(name) cannot be downloaded so; get it from \(page), and unpack it into a folder.")
        }
        throw ValidationError("There is no data set '\(name)' to download; there are \(Self.known).")
      }
      guard timeout >= 1 else {
        throw ValidationError("--timeout \(timeout): take at least 1 second.")
      }
      for url in mirror where !url.hasPrefix("http://") && !url.hasPrefix("https://") {
        throw ValidationError("--mirror \(url): an address starts with http:// or https://.")
      }
    }

    func run() async throws {
      guard var set = DatasetCatalog.published.first(where: { $0.name == name }) else { return }
      if !mirror.isEmpty { set.mirrors = mirror }
      // Writing to a reader that is gone becomes an error. curl ignores the signal too.
      signal(SIGPIPE, SIG_IGN)
      var download = DatasetDownload(set: set, directory: directory)
      download.timeout = timeout
      var lines = DownloadLines(isTerminal: Terminal.output.isInteractive)
      try download.run { lines.show($0) }
      try Output.print("\(name) is complete in \(directory)")
    }
  }
}

/// Shows what a download does: a line for each event, and on a terminal how much has come.
private struct DownloadLines {
  let isTerminal: Bool
  private var shown = -1

  init(isTerminal: Bool) {
    self.isTerminal = isTerminal
  }

  mutating func show(_ event: DatasetDownload.Event) {
    switch event {
    case .received(let file, let bytes):
      let tenths = bytes / 100_000
      guard isTerminal, tenths != shown else { return }
      shown = tenths
      write("\r\u{1b}[K\(file): \(tenths / 10).\(tenths % 10) MB")
    case .present(let file): line("\(file): there already")
    case .started(_, let url, let offset): line(offset > 0 ? "\(url) from byte \(offset) on" : url)
    case .replaced(let file, let kept): line("\(file): not the published file; kept as \(kept)")
    case .notLocked(let path, let reason):
      clear()
      Output.tell("\(path) cannot be locked (\(reason)); let no other download write it meanwhile\n")
    case .finished(let path): line("\(path): checked")
    case .failed(_, let url, let reason):
      clear()
      Output.tell("\(url): \(reason)\n")
    }
  }

  private func line(_ text: String) {
    clear()
    write(text + "\n")
  }

  private func clear() {
    if isTerminal { write("\r\u{1b}[K") }
  }

  /// A download goes on when nobody reads of it any more.
  private func write(_ text: String) { try? Output.print(text, terminator: "") }
}
