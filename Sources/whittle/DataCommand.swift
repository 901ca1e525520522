import ArgumentParser

/// `whittle data`: brings data sets to this machine and says what is there.
struct DataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Downloads data sets and checks them.",
    subcommands: [Download.self, Check.self])
}
