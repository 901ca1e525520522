import ArgumentParser
import Bench
import Files
import Foundation
import GraphExec
import Reports

extension BenchCommand {
  /// The crossover table.
  struct Formats: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure a training step and inference in every format, over densities.",
      discussion: """
        Weight and neuron pruning at several sparsities, each form of the network in turn: dense (nothing pruned), \
        masked (zeros under a mask), sparse (surviving entries only), compacted (dead units removed) and auto (what a \
        study chooses on this device). Ratios are against dense, measured in the same rounds. Takes a minute.

        With --block, blocks of entries are pruned; blocks runs as sparse does, with rows and columns of a block \
        together.

          whittle bench formats --block 4x4
        """)

    @OptionGroup var options: Options

    @Option(
      help: ArgumentHelp("Also draw the crossover plots into this folder.", valueName: "folder"),
      completion: .directory, transform: HomeFolder.expand)
    var plot: String?

    @Option(
      help: ArgumentHelp(
        "Prune blocks of so many inputs by outputs, and nothing else.", valueName: "inputs x outputs"))
    var block: String?

    /// What is pruned; nil where the text is none of a block.
    private var units: [PruningUnit]? {
      guard let block else { return [.weight, .neuron] }
      let sizes = block.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
      guard sizes.count == 2, let rows = sizes[0], let columns = sizes[1] else { return nil }
      return (1...64).contains(rows) && (1...64).contains(columns)
        ? [.block(rows: rows, columns: columns)] : nil
    }

    func validate() throws {
      guard units != nil else {
        throw ValidationError("--block \(block ?? ""): expected two numbers from 1 to 64, as in 4x4")
      }
      if block != nil, plot != nil {
        throw ValidationError("--plot: draws weights and neurons; leave out --block")
      }
      guard plot == nil || options.chosen.count == 1 else {
        throw ValidationError("--plot: draws one device; give --device once")
      }
    }

    func run() throws {
      // Found now, not after a minute of measuring.
      if let plot { try FileSystem.createFolder(plot) }
      for device in options.chosen {
        let bench = try FormatBench(
          device: device, sources: options.sources, units: units ?? [], rounds: options.rounds)
        let isTerminal = Terminal.errors.isInteractive
        let report = try bench.run { point in
          if isTerminal { Output.tell("\r\u{1B}[Kmeasuring \(point)") }
        }
        if isTerminal { Output.tell("\r\u{1B}[K") }
        if options.json {
          try Output.print(exactly: JSONLine.encode(report) + "\n")
        } else {
          try show(report)
        }
        if let plot { try PlotWriter.write(CrossoverPlots(report).plots, to: URL(fileURLWithPath: plot)) }
      }
    }

    private func show(_ report: FormatBench.Report) throws {
      try Output.print(
        "\(report.device.name): ms of a training step (batch \(report.batch)), and ratio to dense\n")
      try Output.print(table(report, \.secondsPerStep, \.stepRatio).text(width: Terminal.output.size.columns))
      try Output.print("the same for inference of \(report.images) images\n")
      try Output.print(
        table(report, \.inferenceSeconds, \.inferenceRatio).text(width: Terminal.output.size.columns),
        terminator: "")
    }

    private func table(
      _ report: FormatBench.Report, _ seconds: (FormatBench.Result) -> Double,
      _ ratio: (FormatBench.Result) -> Double
    ) -> TextTable {
      let forms = FormatBench.Form.allCases.filter { form in
        report.results.contains { $0.form == form.rawValue }
      }
      var table = TextTable(
        ["strategy", "sparsity", "density"] + forms.map(\.rawValue) + ["auto chose"],
        alignments: [.leading] + Array(repeating: .trailing, count: forms.count + 2) + [.leading])
      for point in points(report) {
        let cells = forms.map { form in
          point.first { $0.form == form.rawValue }.map { result in
            String(format: "%.2f", seconds(result) * 1e3)
              + (form == .dense ? "" : String(format: " (%.2f)", ratio(result)))
          } ?? "–"
        }
        table.append(
          [point[0].strategy, Format.sparsity(point[0].sparsity), String(format: "%.3f", point[0].density)]
            + cells + [chosen(point)])
      }
      return table
    }

    private func chosen(_ point: [FormatBench.Result]) -> String {
      point.first { $0.form == FormatBench.Form.auto.rawValue }.map { Format.layerFormats($0.formats) } ?? ""
    }

    /// The results of each strategy and sparsity, in order.
    private func points(_ report: FormatBench.Report) -> [[FormatBench.Result]] {
      report.results.reduce(into: []) { points, result in
        // Every point begins with its dense form.
        if result.form == FormatBench.Form.dense.rawValue { points.append([]) }
        points[points.count - 1].append(result)
      }
    }
  }
}
