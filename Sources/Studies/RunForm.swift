import Configs
import GraphExec

/// How a run is executed at the moment: the model that is trained, the data it sees, and the way back to the original
/// shapes, in which everything is stored and counted.
protocol RunForm: AnyObject, Sendable {
  /// What is trained.
  var model: any Model { get }
  /// What it is trained on.
  var train: any ResidentSet { get }
  /// What it is tested on.
  var test: any ResidentSet { get }
  /// The state of the whole network, where the model's is this.
  func whole(_ state: ModelState) -> ModelState
  /// The counts of the whole network's parameters.
  func counts() throws -> [LayerCount]
  /// The changes by which weights whose entries are replaced lose this share of them, and get as many.
  func topologyEvents(replacing fraction: Double, beforeStep step: Int) -> [TopologyEvent]
}

extension RunForm {
  /// No entry is replaced.
  func topologyEvents(replacing fraction: Double, beforeStep step: Int) -> [TopologyEvent] { [] }
  /// The state of the whole network.
  func state() throws -> ModelState { whole(try model.state()) }
}

/// The whole network as it is, pruned entries masked.
final class DenseForm: RunForm {
  let model: any Model
  let train: any ResidentSet
  let test: any ResidentSet

  init(_ model: any Model, data: StudyData) {
    self.model = model
    train = data.train
    test = data.test
  }

  func whole(_ state: ModelState) -> ModelState { state }
  func counts() throws -> [LayerCount] { try model.counts() }
}

/// Only the output layer is trained: the hidden layers' output is computed once for the whole data set, and the
/// network that runs has one layer.
final class FrozenForm: RunForm {
  let model: any Model
  let train: any ResidentSet
  let test: any ResidentSet
  /// How many parameters belong to hidden layers.
  private let frozen: Int
  private let hidden: ModelState
  private let hiddenCounts: [LayerCount]

  /// Takes over from a form of the whole network, whose masks must be settled.
  init(_ whole: any RunForm, config: StudyConfig, data: StudyData, backend: any Backend) throws {
    let state = try whole.state()
    hiddenCounts = try whole.counts()
    let network = config.network
    let last = network.outputLayer
    frozen = network.parameters(of: last).first?.index ?? 0
    let masked = !whole.model.specification.masked.isEmpty
    let seed = whole.model.specification.seed
    let trained: Network
    if frozen > 0 {
      let (first, second) = try network.cut(before: last)
      trained = second
      var specification = config.specification(of: first, masked: masked)
      specification.trains = false
      let prefix = try backend.makeModel(specification)
      try prefix.load(state.parameters(0..<frozen))
      func features(_ set: any ResidentSet, _ labels: [UInt8]) throws -> any ResidentSet {
        try backend.upload(
          HostImages(
            features: .floats(prefix.outputs(of: set)), labels: labels,
            size: specification.network.outputs))
      }
      train = try features(data.train, data.trainLabels)
      test = try features(data.test, data.testLabels)
    } else {
      trained = network
      train = data.train
      test = data.test
    }
    model = try backend.makeModel(config.specification(of: trained, masked: masked, seed: seed))
    try model.load(state.parameters(frozen..<state.parameters.count))
    hidden = state
  }

  func whole(_ output: ModelState) -> ModelState {
    var whole = hidden
    whole.parameters.replaceSubrange(frozen..., with: output.parameters)
    whole.step = output.step
    return whole
  }

  func counts() throws -> [LayerCount] { try hiddenCounts[..<frozen] + model.counts() }
}

extension ModelState {
  /// The state of some of the parameters.
  func parameters(_ range: Range<Int>) -> ModelState {
    ModelState(parameters: Array(parameters[range]), step: step)
  }
}
