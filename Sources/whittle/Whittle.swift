import ArgumentParser

/// The command-line tool.
@main
struct Whittle: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains, prunes, shrinks and compares neural networks on any OpenCL device.")
}
