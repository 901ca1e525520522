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
  /// What computes the gradients of a first batch, and of those whose gradients are added.
  let gradientGraphs: [Graph]
  let forward: ForwardPass
  private var output: TensorID { forward.output }
  let stride: Int
  private var arrays: [BufferID: HostArray] = [:]
  /// The mask of each parameter.
  var masks: [[UInt8]]
  var step = 0
  /// That of the step under way.
  private(set) var learningRate: Float = 0
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
    let training = try forward.training(specification)
    let evaluation = forward.evaluation
    let graph = specification.trains ? training : evaluation
    let parameters = specification.network.parameters
    try AvailableMemory.require(
      CPUModel.bytes(specification, graph), for: "a network of model.layers needs",
      remedy: "make model.layers or training.batch_size smaller")
    self.specification = specification
    self.blas = blas
    trainingGraph = training
    evaluationGraph = evaluation
    gradientGraphs = try [false, true].map { try forward.gradients(specification, isAdded: $0) }
    self.forward = forward
    stride = specification.batchSize
    masks = parameters.map { [UInt8](repeating: 1, count: $0.count) }
    for index in graph.tensors.indices {
      arrays[.tensor(TensorID(index))] = HostArray(
        count: CPUModel.floats(of: graph.tensors[index], graph, stride))
    }
    for (index, parameter) in parameters.enumerated() {
      for part in floatParts {
        arrays[.parameter(ParameterID(index), part)] = HostArray(count: parameter.count)
      }
    }
    if specification.needsGradients { reserveGradients() }
  }

  /// Reserves what gradients are kept in, where it is not there.
  func reserveGradients() {
    for weight in specification.network.weights where arrays[.parameter(weight, .gradient)] == nil {
      arrays[.parameter(weight, .gradient)] = HostArray(count: specification.network[weight].count)
    }
  }

  private static func floats(of tensor: Graph.Tensor, _ graph: Graph, _ stride: Int) -> Int {
    switch tensor.role {
    case .activation(let shape): shape.count * stride
    case .gradient(let parameter): graph[parameter].count
    }
  }

  /// Bytes that the initializer takes: a graph's tensors, the parameters with their masks and, where they are trained, the
  /// optimizer's slots, and the gradients where they are asked for.
  private static func bytes(_ specification: ModelSpecification, _ graph: Graph) -> Double {
    let floats = graph.tensors.reduce(0.0) {
      $0 + Double(CPUModel.floats(of: $1, graph, specification.batchSize))
    }
    let entry = 4 * (specification.floatParts.count + (specification.needsGradients ? 1 : 0)) + 1
    return 4 * floats + Double(entry) * Double(specification.network.parameterCount)
  }

  /// The array of a tensor of this model's graphs, or of a part of a parameter.
  func array(_ id: BufferID) -> HostArray {
    guard let array = arrays[id] else { preconditionFailure("no \(id)") }
    return array
  }

  /// The values of a parameter.
  func value(_ parameter: ParameterID) -> UnsafeMutableBufferPointer<Float> {
    array(.parameter(parameter, .value)).values
  }

  /// What the optimizer remembers of a parameter's entries, slot by slot.
  func slots(of parameter: ParameterID) -> [UnsafeMutableBufferPointer<Float>] {
    floatParts.dropFirst().map { array(.parameter(parameter, $0)).values }
  }

  /// What was kept of the gradients of a weight.
  func gradient(of weight: ParameterID) -> UnsafeMutableBufferPointer<Float> {
    array(.parameter(weight, .gradient)).values
  }

  private var parameters: [ParameterID] { masks.indices.map { ParameterID($0) } }
  private var floatParts: [ParameterPart] { specification.floatParts }

  // MARK: Model

  var parameterBytes: Int {
    parameters.reduce(0) { bytes, parameter in
      let count = masks[parameter.index].count
      return bytes + 4 * floatParts.count * count + (specification.format(parameter) == .dense ? 0 : count)
    }
  }

  func load(_ state: ModelState) throws {
    for parameter in parameters {
      let own = state[parameter]
      for (part, matrix) in zip(floatParts, own.matrices(slots: floatParts.count - 1)) {
        array(.parameter(parameter, part)).copy(from: matrix.values)
      }
    }
    masks = state.masks
    step = state.step
  }

  func load(values: [Matrix]) throws {
    for (parameter, matrix) in zip(parameters, values) {
      array(.parameter(parameter, .value)).copy(from: matrix.values)
    }
  }

  func state() throws -> ModelState {
    precondition(specification.trains, "an inference model is not read back")
    return ModelState(
      parameters: parameters.map { parameter in
        let shape = specification.network[parameter]
        let matrices = floatParts.map {
          Matrix(
            rows: shape.rows, columns: shape.columns, values: Array(array(.parameter(parameter, $0)).values))
        }
        return ParameterState(
          matrices[0], slots: Array(matrices.dropFirst()), mask: masks[parameter.index])
      }, step: step)
  }

  func beginEpoch(on set: any ResidentSet, order: [Int32]) throws {
    epoch = Epoch(set: cpuSet(set), order: order)
    completed.withLock { $0 = 0 }
  }

  func enqueueStep() throws {
    guard var epoch else { preconditionFailure("enqueueStep before beginEpoch") }
    let end = min(epoch.next + specification.batchSize, epoch.order.count)
    learningRate = specification.updates.learningRate(
      step: step, stepsPerEpoch: steps(forImages: epoch.set.count), epochs: specification.epochs)
    step += 1
    var batch = HostBatch(
      set: epoch.set, images: epoch.order[epoch.next..<end], totals: epoch.totals)
    try flushingDenormals { try run(trainingGraph, &batch) }
    epoch.totals = batch.totals
    epoch.next = end
    self.epoch = epoch
    completed.withLock { $0 += 1 }
  }

  func skipStep() throws {
    guard let epoch else { preconditionFailure("skipStep before beginEpoch") }
    self.epoch?.next = min(epoch.next + specification.batchSize, epoch.order.count)
    step += 1
    completed.withLock { $0 += 1 }
  }

  func epochTotals() throws -> EpochTotals { epoch?.totals ?? EpochTotals(loss: 0, correct: 0, images: 0) }

  var completedSteps: Int { completed.withLock { $0 } }

  func evaluate(on set: any ResidentSet) throws -> EpochTotals {
    try eachBatch(of: cpuSet(set)) { _ in }
  }

  func outputs(of set: any ResidentSet) throws -> [Float] {
    let classes = specification.network.outputs
    let logits = array(.tensor(output)).values
    var result: [Float] = []
    result.reserveCapacity(set.count * classes)
    _ = try eachBatch(of: cpuSet(set)) { batch in
      for column in 0..<batch.count {
        for c in 0..<classes { result.append(logits[c * stride + column]) }
      }
    }
    return result
  }

  /// Evaluates a set batch by batch, and calls `body` after each.
  private func eachBatch(of set: CPUSet, _ body: (HostBatch) -> Void) throws -> EpochTotals {
    let order = (0..<Int32(set.count)).map { $0 }
    var totals = EpochTotals(loss: 0, correct: 0, images: 0)
    for first in Swift.stride(from: 0, to: set.count, by: specification.batchSize) {
      let images = order[first..<min(first + specification.batchSize, set.count)]
      var batch = HostBatch(set: set, images: images, totals: totals)
      try flushingDenormals { try run(evaluationGraph, &batch) }
      totals = batch.totals
      body(batch)
    }
    return totals
  }

  func counts() throws -> [LayerCount] {
    parameters.map { parameter in
      let columns = specification.network[parameter].columns
      let mask = masks[parameter.index]
      var count = LayerCount(survivors: 0, revived: 0, notFinite: 0, liveColumns: 0)
      var live = [Bool](repeating: false, count: columns)
      for (index, value) in value(parameter).enumerated() {
        if mask[index] != 0 {
          count.survivors += 1
          live[index % columns] = true
        } else if value != 0 {
          count.revived += 1
        }
        if !value.isFinite { count.notFinite += 1 }
      }
      count.liveColumns = live.count { $0 }
      return count
    }
  }

  func cpuSet(_ set: any ResidentSet) -> CPUSet {
    guard let set = set as? CPUSet else { preconditionFailure("a data set of another backend") }
    precondition(set.size == specification.network.inputs, "the images do not fit the network's input layer")
    return set
  }
}
