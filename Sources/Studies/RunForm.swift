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
  /// The counts of the whole network's layers.
  func counts() throws -> [LayerCount]
}

extension RunForm {
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
  private let hidden: ModelState
  private let hiddenCounts: [LayerCount]

  /// Takes over from a form of the whole network, whose masks must be settled.
  init(_ whole: any RunForm, config: StudyConfig, data: StudyData, backend: any Backend) throws {
    let state = try whole.state()
    hiddenCounts = try whole.counts()
    let network = config.network
    let last = network.depth - 1
    let masked = !whole.model.specification.maskedLayers.isEmpty
    // A network of one layer has nothing to freeze.
    if last > 0 {
      var specification = config.specification(
        of: Network(layers: Array(network.layers[...last]), outputRelu: true), masked: masked)
      specification.trains = false
      let prefix = try backend.makeModel(specification)
      try prefix.load(state.layers(0..<last))
      func features(_ set: any ResidentSet, _ labels: [UInt8]) throws -> any ResidentSet {
        try backend.upload(
          HostImages(features: .floats(prefix.outputs(of: set)), labels: labels, size: network.layers[last]))
      }
      train = try features(data.train, data.trainLabels)
      test = try features(data.test, data.testLabels)
    } else {
      train = data.train
      test = data.test
    }
    model = try backend.makeModel(
      config.specification(
        of: Network(layers: Array(network.layers[last...]), outputRelu: network.outputRelu), masked: masked))
    try model.load(state.layers(last..<last + 1))
    hidden = state
  }

  func whole(_ output: ModelState) -> ModelState {
    var whole = hidden
    let last = whole.weights.count - 1
    whole.weights[last] = output.weights[0]
    whole.firstMoments[last] = output.firstMoments[0]
    whole.secondMoments[last] = output.secondMoments[0]
    whole.masks[last] = output.masks[0]
    whole.step = output.step
    return whole
  }

  func counts() throws -> [LayerCount] { try hiddenCounts.dropLast() + model.counts() }
}

extension ModelState {
  /// The state of some of the layers.
  func layers(_ range: Range<Int>) -> ModelState {
    ModelState(
      weights: Array(weights[range]), firstMoments: Array(firstMoments[range]),
      secondMoments: Array(secondMoments[range]), masks: Array(masks[range]), step: step)
  }
}
