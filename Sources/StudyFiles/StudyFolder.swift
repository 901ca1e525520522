import Configs
import Files
import Text

/// The name of a run within its study, also that of its folder: `weight-s0.5-seed1`, `weight-s0.5-seed1-shuffled_mask`.
package struct RunName: Hashable, Sendable, CustomStringConvertible {
  package let strategy: PruningConfig.Strategy
  package let sparsity: Double
  package let seed: UInt64
  /// What the run of the same name without it is held against; nil for that run.
  package let control: PruningConfig.Control?

  package init(
    strategy: PruningConfig.Strategy, sparsity: Double, seed: UInt64, control: PruningConfig.Control? = nil
  ) {
    self.strategy = strategy
    self.sparsity = sparsity
    self.seed = seed
    self.control = control
  }

  /// Reads a name; `nil` for another text.
  package init?(_ text: String) {
    guard let match = text.wholeMatch(of: /([a-z_]+)-s([0-9.]+)-seed([0-9]+)(?:-([a-z_]+))?/),
      let strategy = PruningConfig.Strategy(rawValue: String(match.1)), let sparsity = Double(match.2),
      let seed = UInt64(match.3)
    else { return nil }
    let control = match.4.map { PruningConfig.Control(rawValue: String($0)) }
    // Another ending, as a copy may have it, makes another name.
    if case .some(nil) = control { return nil }
    self.init(strategy: strategy, sparsity: sparsity, seed: seed, control: control ?? nil)
  }

  /// The pruned run that a control is one of.
  package var pruned: RunName { RunName(strategy: strategy, sparsity: sparsity, seed: seed) }

  /// The control as every table of a study spells it; empty where it is none.
  package var controlText: String { control?.rawValue ?? "" }

  /// The sparsity as every file and folder of a study spells it: exact, and without an exponent.
  package var sparsityText: String { DecimalText.plain(sparsity) }

  package var description: String {
    "\(strategy.rawValue)-s\(sparsityText)-seed\(seed)" + (control.map { "-\($0.rawValue)" } ?? "")
  }
}

/// Where the files of a study are.
package struct StudyFolder: Equatable, Sendable {
  package let path: String

  package init(_ path: String) { self.path = path }

  /// The config as run, defaults filled in.
  package var config: String { path + "/config.json" }
  package var summaryCSV: String { path + "/summary.csv" }
  package var summaryJSON: String { path + "/summary.json" }
  package var measurements: String { path + "/measurements.csv" }
  /// What layer formats cost on the study's device.
  package var costs: String { path + "/costs.json" }
  package var plots: String { path + "/plots" }
  package var report: String { path + "/report.html" }
  package var runs: String { path + "/runs" }
  /// The dense trainings that the runs of a one-shot study start from, a folder `seed<seed>` for each.
  package var denseTrainings: String { path + "/dense" }
  /// The rounds of an iterative study that no sparsity of its config asks for, named as runs are.
  package var rounds: String { path + "/rounds" }

  /// The files beside the runs; the config last, without which the others are not known to be a study.
  package var files: [String] { [summaryCSV, summaryJSON, measurements, costs, report, config] }

  package func dense(seed: UInt64) -> RunFolder {
    RunFolder(
      name: RunName(strategy: .weight, sparsity: 0, seed: seed), path: "\(denseTrainings)/seed\(seed)")
  }

  package func run(_ name: RunName) -> RunFolder { RunFolder(name: name, path: "\(runs)/\(name)") }

  package func round(_ name: RunName) -> RunFolder { RunFolder(name: name, path: "\(rounds)/\(name)") }

  /// The runs that have a folder: by strategy, then sparsity, then seed.
  ///
  /// - Throws: `FileError`.
  package func existingRuns() throws -> [RunFolder] {
    guard FileSystem.exists(runs) else { return [] }
    return try FileSystem.names(in: runs).compactMap { RunName($0) }.map(run).sorted {
      ($0.name.strategy.rawValue, $0.name.sparsity, $0.name.seed, $0.name.controlText)
        < ($1.name.strategy.rawValue, $1.name.sparsity, $1.name.seed, $1.name.controlText)
    }
  }
}

/// Where the files of one run are.
package struct RunFolder: Equatable, Sendable {
  package let name: RunName
  package let path: String

  package var metrics: String { path + "/metrics.csv" }
  /// What came of it: its row of the study's table, written last.
  package var result: String { path + "/result.csv" }
  package var trainAccuracy: String { path + "/train_accuracy.npy" }
  package var testAccuracy: String { path + "/test_accuracy.npy" }
  /// Which classes of the test images were taken for which, once the run was measured.
  package var confusion: String { path + "/confusion.csv" }
  package var initialModel: String { path + "/initial.safetensors" }
  package var model: String { path + "/model.safetensors" }
  package var checkpoint: CheckpointFile { CheckpointFile(folder: path) }
  /// What a finished run needs beside its model to be trained for more epochs.
  package var optimizer: String { path + "/optimizer.safetensors" }
  /// The weights of a step on the way that tickets are set back to.
  package var rewind: String { path + "/rewind.safetensors" }
  /// The TensorBoard log; the name is the same whenever the run is repeated.
  package var events: String { path + "/events.out.tfevents.0000000000.whittle" }

  /// Every file of a run, finished or not.
  package var files: [String] {
    [
      result, metrics, trainAccuracy, testAccuracy, confusion, events, initialModel, model, optimizer, rewind,
      checkpoint.path,
      checkpoint.previousPath,
    ]
  }

  /// Whether anything of a run is here.
  package var isBegun: Bool { files.contains(where: FileSystem.exists) }
}
