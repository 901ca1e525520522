import Foundation
import Text

/// What a study has left in its folder so far: its config, and its runs with their summaries and curves.
package struct StudyResults: Sendable {
  package let folder: URL
  package let name: String
  /// `config.json` as run; nil where the file is missing.
  package let config: JSONValue?
  /// The same file's text, for showing.
  package let configText: String?
  /// By strategy (weight before neuron, then by name), sparsity and seed.
  package let runs: [StudyRun]
  /// The dense trainings that the runs of a one-shot study start from, by seed.
  package let denseTrainings: [StudyRun]
  /// What the reader noticed: files that are missing.
  package let notes: [String]
  /// The device as `summary.json` describes it, in words.
  package let device: String?
  /// The version of Whittle that ran the study.
  package let version: String?
  /// How many images the networks were tested on; nil where no file tells.
  package let testImages: Int?
  /// How many epochs a finished run has.
  package let expectedEpochs: Int?
  /// The columns of `summary.csv`, in order.
  package let summaryColumns: [String]
  /// The strategies compared, in order; one that only names the unpruned control is not among them.
  package let strategies: [String]
  /// What the config asks for.
  let plan: PlannedRuns
  /// The strategies that an unpruned run bears the name of.
  let unpruned: Set<String>
  /// The unpruned test accuracy that each strategy is compared with.
  private(set) var controlAccuracies: [String: Spread] = [:]

  package init(
    folder: URL, config: JSONValue?, configText: String?, runs: [StudyRun], denseTrainings: [StudyRun] = [],
    notes: [String], summary: JSONValue?, expectedEpochs: Int?, summaryColumns: [String] = []
  ) {
    self.folder = folder
    self.config = config
    self.configText = configText
    let runs = runs.sorted { Self.order($0.key, $1.key) }
    self.runs = runs
    strategies = Self.strategies(runs)
    plan = PlannedRuns(config)
    unpruned = Set(runs.filter { $0.key.sparsity == 0 }.map(\.key.strategy))
    self.denseTrainings = denseTrainings.sorted { Self.order($0.key, $1.key) }
    self.notes = notes
    self.expectedEpochs = expectedEpochs
    self.summaryColumns = summaryColumns
    name = config?["name"]?.string ?? folder.standardizedFileURL.lastPathComponent
    device = summary?["info"].map(Self.device)
    version = summary?["info.whittle"]?.plainText
    testImages = summary?["info.test_images"]?.integer ?? config?["dataset.test"]?.integer
    for strategy in Set(runs.map(\.key.strategy)) {
      controlAccuracies[strategy] = control(of: strategy)?.spread(\.testAccuracy)
    }
  }

  /// What the config says the study is about.
  package var description: String? { config?["description"]?.string.flatMap { $0.isEmpty ? nil : $0 } }

  private static func strategies(_ runs: [StudyRun]) -> [String] {
    var found: [String] = []
    for run in runs where !found.contains(run.key.strategy) { found.append(run.key.strategy) }
    let pruned = Set(runs.filter { $0.key.sparsity > 0 }.map(\.key.strategy))
    return pruned.isEmpty ? found : found.filter(pruned.contains)
  }

  /// The replicates of `strategy` by sparsity, ascending.
  ///
  /// The unpruned control of a seed is the same for every strategy: where it ran under another's name only, that run is
  /// taken.
  package func groups(of strategy: String) -> [RunGroup] {
    let own = runs.filter { $0.key.strategy == strategy }
    var controlled = Set(own.filter { $0.key.sparsity == 0 }.map(\.key.seed))
    let lent = runs.filter { $0.key.sparsity == 0 && controlled.insert($0.key.seed).inserted }
    return Dictionary(grouping: lent + own) { $0.key.sparsity }.sorted { $0.key < $1.key }
      .map { RunGroup(strategy: strategy, sparsity: $0.key, runs: $0.value) }
  }

  /// The runs' groups as they are, none lent to another strategy, in the order of `runs`.
  package var groups: [RunGroup] {
    var order: [RunKey] = []
    var members: [RunKey: [StudyRun]] = [:]
    for run in runs {
      let key = RunKey(strategy: run.key.strategy, sparsity: run.key.sparsity, seed: 0)
      if members[key] == nil { order.append(key) }
      members[key, default: []].append(run)
    }
    return order.map {
      RunGroup(strategy: $0.strategy, sparsity: $0.sparsity, runs: members[$0] ?? [])
    }
  }

  package var seeds: [UInt64] { Set(runs.map(\.key.seed)).sorted() }

  package var sparsities: [Double] { Set(runs.map(\.key.sparsity)).sorted() }

  /// Whether everything that is pruned at all is pruned beyond 99%.
  package var isExtreme: Bool {
    let pruned = sparsities.filter { $0 > 0 }
    return pruned.first.map { $0 > 0.99 } ?? false
  }

  private static func device(_ info: JSONValue) -> String {
    let units = info["compute_units"]?.integer.map { "\($0) compute unit\($0 == 1 ? "" : "s")" }
    return [info["device"]?.plainText, info["backend"]?.plainText, info["driver"]?.plainText, units]
      .compactMap { $0 }.joined(separator: ", ")
  }

  private static func order(_ left: RunKey, _ right: RunKey) -> Bool {
    func rank(_ strategy: String) -> Int {
      ["weight": 0, "neuron": 1][strategy] ?? 2
    }
    return (rank(left.strategy), left.strategy, left.sparsity, left.seed)
      < (rank(right.strategy), right.strategy, right.sparsity, right.seed)
  }
}

extension StudyRun {
  /// Why the run ended early, where it did.
  package var stoppedReason: String? {
    if case .stopped(let reason) = state { reason } else { nil }
  }
}
