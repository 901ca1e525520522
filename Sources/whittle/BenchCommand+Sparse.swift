import ArgumentParser
import Backends
import Bench
import Foundation
import Reports

extension BenchCommand {
  /// Products in CSR.
  struct Sparse: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure products of layers in CSR, one by one, in GFLOP/s.",
      discussion: """
        Forward product, and weight gradient with Adam's update, in the shapes that SparseLab and SparseProp publish. \
        Operations are those on entries that are there.
        """)

    @OptionGroup var options: Options

    @Option(help: "The share of the entries that is not there, 0..<1.")
    var sparsity = 0.9

    func validate() throws {
      guard (0..<1).contains(sparsity) else {
        throw ValidationError("--sparsity \(sparsity): expected a fraction from 0 to below 1")
      }
    }

    func run() throws {
      let benches = try options.chosen.map { name in
        try SparseBench(
          BackendChoice.openCL(OpenCLDevice.open(name, for: "bench sparse", sources: options.sources)),
          sparsity: sparsity)
      }
      for _ in 0..<options.rounds { for bench in benches { try bench.round() } }
      for report in benches.map(\.report) {
        guard !options.json else {
          try Output.print(exactly: JSONLine.encode(report) + "\n")
          continue
        }
        var table = TextTable(["shape", "columns", "entries", "pass", "time", "GFLOP/s"])
        for result in report.results {
          table.append([
            "\(result.outputs)x\(result.inputs)", "\(result.batch)", "\(result.entries)",
            result.pass.replacingOccurrences(of: "_", with: " "),
            String(format: "%.3f ms", result.seconds * 1e3), String(format: "%.1f", result.gflops),
          ])
        }
        try Output.print(report.device.name)
        try Output.print(table.text(width: Terminal.output.size.columns), terminator: "")
      }
    }
  }
}
