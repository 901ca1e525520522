import Device
import Foundation
import GraphExec
import Synchronization

/// A network on the CPU: its graph is run node by node, each batch when it is enqueued.
final class CPUModel: Model, @unchecked Sendable {
  // @unchecked: one thread at a time uses a model (see `Model`); the step count has a lock of its own.
  let specification: ModelSpecification
  let blas: OpenBLAS
  let trainingGraph: Graph
  let evaluationGraph: Graph
  private let output: String
  let stride: Int
  var arrays: [String: HostArray] = [:]
  var masks: [[UInt8]]
  var step = 0
  /// Running sums and the place in an epoch.
  struct Epoch {
    var set: CPUSet
    var order: [Int32]
    var next = 0
    var totals = EpochTotals(loss: 0, correct: 0, images: 0)
  }
  var epoch: Epoch?
  private let completed = Mutex(0)

  /// - Throws: `OutOfHostMemory`, before anything is taken; `GraphError`.
  init(_ specification: ModelSpecification, forward: ForwardPass, blas: OpenBLAS) throws {
    let training = try forward.training(masked: specification.maskedLayers)
    let evaluation = forward.evaluation
    let tensors = (specification.trains ? training : evaluation).tensors.values
    try AvailableMemory.require(
      CPUModel.bytes(specification, tensors), for: "a network of model.layers needs",
      remedy: "make model.layers or training.batch_size smaller")
    self.specification = specification
    self.blas = blas
    trainingGraph = training
    evaluationGraph = evaluation
    output = forward.output
    stride = specification.batchSize
    masks = (0..<specification.network.depth).map {
      let (inputs, outputs) = specification.network.shape(of: $0)
      return [UInt8](repeating: 1, count: inputs * outputs)
    }
    for tensor in tensors {
      arrays[tensor.name] = HostArray(count: tensor.rows * (tensor.columns ?? stride))
    }
    guard specification.trains else { return }
    for layer in 0..<specification.network.depth {
      let (inputs, outputs) = specification.network.shape(of: layer)
      for name in ["m\(layer)", "v\(layer)"] { arrays[name] = HostArray(count: inputs * outputs) }
    }
  }

  /// Bytes that the initializer takes: a graph's tensors, the weights' masks and, where they are trained, their moments.
  private static func bytes(
    _ specification: ModelSpecification, _ tensors: some Collection<Graph.Tensor>
  ) -> Double {
    let floats = tensors.reduce(0.0) {
      $0 + Double($1.rows) * Double($1.columns ?? specification.batchSize)
    }
    let layers = specification.network.layers
    let weights = zip(layers, layers.dropFirst()).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    return 4 * floats + (specification.trains ? 9 : 1) * weights
  }

  /// The array of a tensor of this model's graphs.
  func array(_ name: String) -> HostArray {
    guard let array = arrays[name] else { preconditionFailure("no tensor \(name)") }
    return array
  }

  /// The matrices of a layer: the weights, and Adam's moments where they are trained.
  private var matrices: [String] { specification.trains ? ["W", "m", "v"] : ["W"] }

  // MARK: Model

  var parameterBytes: Int {
    (0..<specification.network.depth).reduce(0) { bytes, layer in
      let floats = matrices.reduce(0) { $0 + array("\($1)\(layer)").values.count }
      return bytes + 4 * floats + (specification.formats[layer] == .dense ? 0 : masks[layer].count)
    }
  }

  func load(_ state: ModelState) throws {
    for layer in 0..<specification.network.depth {
      for (name, values) in zip(matrices, [state.weights, state.firstMoments, state.secondMoments]) {
        array("\(name)\(layer)").copy(from: values[layer].values)
      }
    }
    masks = state.masks
    step = state.step
  }

  func state() throws -> ModelState {
    precondition(specification.trains, "an inference model is not read back")
    func matrices(_ prefix: String) -> [Matrix] {
      (0..<specification.network.depth).map {
        let (inputs, outputs) = specification.network.shape(of: $0)
        return Matrix(rows: inputs, columns: outputs, values: Array(array("\(prefix)\($0)").values))
      }
    }
    return ModelState(
      weights: matrices("W"), firstMoments: matrices("m"), secondMoments: matrices("v"), masks: masks,
      step: step)
  }

  func beginEpoch(on set: any ResidentSet, order: [Int32]) throws {
    epoch = Epoch(set: cpuSet(set), order: order)
    completed.withLock { $0 = 0 }
  }

  func enqueueStep() throws {
    guard var epoch else { preconditionFailure("enqueueStep before beginEpoch") }
    let end = min(epoch.next + specification.batchSize, epoch.order.count)
    step += 1
    try flushingDenormals {
      try run(trainingGraph, on: epoch.set, epoch.order[epoch.next..<end], totals: &epoch.totals)
    }
    epoch.next = end
    self.epoch = epoch
    completed.withLock { $0 += 1 }
  }

  func epochTotals() throws -> EpochTotals { epoch?.totals ?? EpochTotals(loss: 0, correct: 0, images: 0) }

  var completedSteps: Int { completed.withLock { $0 } }

  func evaluate(on set: any ResidentSet) throws -> EpochTotals {
    var totals = EpochTotals(loss: 0, correct: 0, images: 0)
    try eachBatch(of: cpuSet(set)) { set, images in
      try run(evaluationGraph, on: set, images, totals: &totals)
    }
    return totals
  }

  func outputs(of set: any ResidentSet) throws -> [Float] {
    let classes = specification.network.outputs
    let logits = array(output).values
    var result: [Float] = []
    result.reserveCapacity(set.count * classes)
    var totals = EpochTotals(loss: 0, correct: 0, images: 0)
    try eachBatch(of: cpuSet(set)) { set, images in
      try run(evaluationGraph, on: set, images, totals: &totals)
      for column in 0..<images.count {
        for c in 0..<classes { result.append(logits[c * stride + column]) }
      }
    }
    return result
  }

  private func eachBatch(of set: CPUSet, _ body: (CPUSet, ArraySlice<Int32>) throws -> Void)
    rethrows
  {
    let order = (0..<Int32(set.count)).map { $0 }
    for first in Swift.stride(from: 0, to: set.count, by: specification.batchSize) {
      try flushingDenormals { try body(set, order[first..<min(first + specification.batchSize, set.count)]) }
    }
  }

  func enqueuePruning(layer: Int, unit: PruningUnit, count: Int) throws {
    precondition(specification.formats[layer] == .masked, "only a masked layer can be pruned")
    let (inputs, outputs) = specification.network.shape(of: layer)
    let weights = array("W\(layer)")
    let pruned = flushingDenormals {
      MagnitudeSelection.smallest(
        count, of: Array(weights.values), mask: masks[layer], rows: inputs, columns: outputs, unit: unit)
    }
    let (first, second) = (array("m\(layer)"), array("v\(layer)"))
    for index in pruned where masks[layer][index] != 0 {
      masks[layer][index] = 0
      weights.values[index] = 0
      first.values[index] = 0
      second.values[index] = 0
    }
  }

  func counts() throws -> [LayerCount] {
    (0..<specification.network.depth).map { layer in
      let columns = specification.network.shape(of: layer).outputs
      var count = LayerCount(survivors: 0, revived: 0, notFinite: 0, liveColumns: 0)
      var live = [Bool](repeating: false, count: columns)
      for (index, weight) in array("W\(layer)").values.enumerated() {
        if masks[layer][index] != 0 {
          count.survivors += 1
          live[index % columns] = true
        } else if weight != 0 {
          count.revived += 1
        }
        if !weight.isFinite { count.notFinite += 1 }
      }
      count.liveColumns = live.count { $0 }
      return count
    }
  }

  private func cpuSet(_ set: any ResidentSet) -> CPUSet {
    guard let set = set as? CPUSet else { preconditionFailure("a data set of another backend") }
    precondition(set.size == specification.network.inputs, "the images do not fit the network's input layer")
    return set
  }
}
