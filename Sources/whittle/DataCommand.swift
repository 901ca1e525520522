import ArgumentParser

/// `whittle data`: brings data sets to this machine and says what is there.
struct DataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Show, download, check and convert data sets.",
    subcommands: [List.self, Download.self, Check.self, Convert.self])
}
