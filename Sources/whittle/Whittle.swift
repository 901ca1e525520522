import ArgumentParser
import Studies

/// The command-line tool.
@main
struct Whittle: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "whittle",
    abstract: "Train, prune, shrink and compare neural networks on any OpenCL device.",
    discussion: """
      A study is described by a JSON config; configs/ has the pruning challenge and others. Start with

        whittle run configs/quickstart.json
      """,
    version: "whittle \(WhittleVersion.current)",
    subcommands: [
      RunCommand.self, TrainCommand.self, StatusCommand.self, SlurmCommand.self,
      ShowCommand.self, PlotCommand.self, ReportCommand.self,
      CompareCommand.self, ReproduceCommand.self, DataCommand.self,
      ImportCommand.self, ExportCommand.self, ShrinkCommand.self, CompressCommand.self, EvaluateCommand.self,
      PredictCommand.self, PlanCommand.self, DevicesCommand.self, VerifyCommand.self,
      BenchCommand.self, TuneCommand.self,
    ])

  static func main() async {
    Output.openClosedStreams()
    Signals.takeOver()
    HostMemory.returnLargeBlocks()
    do {
      var command = try parseAsRoot()
      try RepeatedOptions.check(Array(CommandLine.arguments.dropFirst()))
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      Exit.end(error)
    }
  }
}
