import Configs
import GraphExec
import ModelFiles
import StudyFiles
import Text

extension ModelOrigin {
  /// The origin of a run's weights.
  init(_ run: RunName, of study: StudyConfig, data: StudyData) {
    var own = study
    own.description = nil
    own.training.seeds = [run.seed]
    own.pruning.sparsities = [run.sparsity]
    own.pruning.controls = []
    // Without pruning there is nothing that they could differ in.
    own.pruning.strategies = [run.sparsity > 0 ? run.strategy : .weight]
    // What was measured for it goes with the model.
    own.dataset.normalization = data.normalization
    own.dataset.measuresNormalization = false
    self.init(
      dataset: study.dataset.name.rawValue, datasetDigest: data.digest, testImages: data.test.count,
      testDigest: data.testDigest, areFloats: data.areFloats,
      config: own.json.without(["output", "execution"]))
  }
}

extension JSONValue {
  /// An object without some of its keys.
  fileprivate func without(_ keys: [String]) -> JSONValue {
    guard case .object(var object) = self else { return self }
    for key in keys { object[key] = nil }
    return .object(object)
  }
}
