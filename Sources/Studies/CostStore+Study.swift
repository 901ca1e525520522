import Backends
import Configs
import Files
import GraphExec
import StudyFiles

extension CostStore {
  /// The costs that a study was begun with; else those of the cache; else measured now. The study keeps them.
  ///
  /// - Parameter warning: told where runs were begun with costs that are lost.
  func costs(of config: StudyConfig, for study: StudyFolder, warning: (String) -> Void) throws -> LayerCosts {
    let path = study.costs
    return try costs(of: config.network, blocks: config.pruning.entryBlocks, keptAt: path) {
      guard try study.holdsRuns(where: { $0.sparsity > 0 }) else { return }
      let problem = FileSystem.exists(path) ? "is damaged" : "is gone"
      warning("\(path) \(problem); runs that go on may now choose other layer formats, and round differently")
    }
  }
}
