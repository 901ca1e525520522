import ArgumentParser

/// `whittle data`: brings data sets to this machine and says what is there.
struct DataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Download data sets and check them.",
    subcommands: [Download.self, Check.self])
}
