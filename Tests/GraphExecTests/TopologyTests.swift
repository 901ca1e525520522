import GraphExec
import Pruning
import TestSupport
import Testing

/// Protects changes of a sparse network's topology: they are those of a plain sort, to the bit, on every backend, and what is
/// trained afterwards is the network with the new entries.
@Suite(.serialized) struct TopologyTests {
  /// A model in whose weights, but the last, entries are replaced, with a state in which they have `density` of them.
  private static func model(
    _ backend: any Backend, _ network: Network, _ growth: Regrowth, density: Double = 0.2
  ) throws -> any Model {
    var random = SplitMix64(seed: 3, stream: 9)
    var state = ModelState.fresh(network)
    for weight in network.weights.dropLast() {
      // Few values, so that there are ties.
      let values = state[weight].value.values.map { ($0 * 32).rounded() / 32 }
      let mask: [UInt8] = values.map { _ in Double.random(in: 0..<1, using: &random) < density ? 1 : 0 }
      state[weight].value.values = zip(values, mask).map { $1 == 0 ? 0 : $0 }
      state[weight].mask = mask
    }
    return try self.model(backend, network, growth, state)
  }

  private static func model(
    _ backend: any Backend, _ network: Network, _ growth: Regrowth, _ state: ModelState
  ) throws -> any Model {
    var specification = ModelSpecification(network: network, batchSize: 16, masked: true)
    specification.seed = 11
    let topology = DynamicTopology(
      masks: state.masks, network: network, executesSparse: backend.executesSparse)
    let model = try backend.makeModel(specification.regrowing(growth, topology))
    try model.load(state)
    return model
  }

  /// A weight's mask after an event, by sorting: the smallest go, those first by columns before their equals; then the places
  /// that `key` ranks lowest come.
  private static func slowly(
    _ event: TopologyEvent, _ state: ParameterState, key: (_ row: Int, _ column: Int) -> Double
  ) -> [UInt8] {
    let (rows, columns) = (state.value.rows, state.value.columns)
    let places = (0..<columns).flatMap { column in (0..<rows).map { ($0, column) } }
    var mask = state.mask
    func first(_ survives: UInt8, by key: (Int, Int) -> Double) -> [Int] {
      let open = places.filter { mask[$0.0 * columns + $0.1] == survives }.enumerated()
      let sorted = open.map { (key($0.element.0, $0.element.1), $0.offset, $0.element) }
        .sorted { ($0.0, $0.1) < ($1.0, $1.1) }
      return sorted.prefix(event.count).map { $0.2.0 * columns + $0.2.1 }
    }
    for place in first(1, by: { Double(state.value[$0, $1].magnitude) }) { mask[place] = 0 }
    for place in first(0, by: key) { mask[place] = 1 }
    return mask
  }

  private static func examples() throws -> [(name: String, network: Network, images: HostImages)] {
    let convolutional = try Network(
      input: Shape(2, 6, 6),
      layers: [
        Network.Layer("conv", Conv2D(outputs: 9, kernel: 3, padding: 1)), Network.Layer("relu", ReLU()),
        Network.Layer("strided", Conv2D(outputs: 7, kernel: 3, stride: 2)),
        Network.Layer("rectified", ReLU()), Network.Layer("flatten", Flatten()),
        Network.Layer("output", Linear(outputs: 10)),
      ])
    return [
      ("linear", Network(layers: [40, 30, 25, 10]), TestSet.images(count: 40, size: 40, seed: 5)),
      ("convolutional", convolutional, TestSet.images(count: 40, size: 72, seed: 5)),
    ]
  }

  @Test("entries go and come as a sort has them, and keep what they had", arguments: Regrowth.allCases)
  func likeASort(growth: Regrowth) throws {
    for (name, network, images) in try Self.examples() {
      for backend in try TestDevice.backends() {
        let model = try Self.model(backend, network, growth)
        let set = try backend.upload(images)
        for step in 1...3 {
          _ = try model.trainEpoch(on: set, order: TestSet.order(40, seed: UInt64(step)))
          if growth == .gradient { try model.enqueueGradients(on: set, images: Array(0..<16)) }
          let gradients = growth == .gradient ? try model.gradients() : []
          for (index, weight) in network.weights.dropLast().enumerated() {
            let before = try model.state()[weight]
            let count = before.mask.count { $0 != 0 } / 3
            let event = TopologyEvent(weight, count: count, step: step)
            let bits = event.bits(seed: 11)
            let expected = Self.slowly(event, before) { row, column in
              growth == .random
                ? Double(bits(column * before.value.rows + row) >> 1)
                : -Double(gradients[index][row, column].magnitude)
            }
            try model.enqueueTopology(event)
            let after = try model.state()[weight]
            #expect(after.mask == expected, "\(name), \(backend.summary.name), step \(step), \(index)")
            for (own, old) in zip([after.value] + after.slots, [before.value] + before.slots) {
              let kept = zip(old.values, after.mask).map { $1 == 0 ? 0 : $0 }
              #expect(own.values == kept)
            }
            #expect(try model.counts()[weight.index].survivors == before.mask.count { $0 != 0 })
          }
        }
      }
    }
  }

  @Test("what is trained afterwards is the network with the new entries, to the bit", .needs(.openCL))
  func trainsOn() throws {
    for (name, network, images) in try Self.examples() {
      for family in KernelConfig.Family.allCases {
        let backend = try TestDevice.backend(family)
        let set = try backend.upload(images)
        let model = try Self.model(backend, network, .random)
        _ = try model.trainEpoch(on: set, order: TestSet.order(40, seed: 1))
        _ = try model.outputs(of: set)
        for weight in network.weights.dropLast() {
          try model.enqueueTopology(TopologyEvent(weight, count: 20, step: 3))
        }
        let state = try model.state()
        let fresh = try Self.model(backend, network, .random, state)
        #expect(try model.outputs(of: set) == fresh.outputs(of: set), "\(name), \(family)")
        for model in [model, fresh] {
          _ = try model.trainEpoch(on: set, order: TestSet.order(40, seed: 2))
        }
        #expect(try model.state() == fresh.state(), "\(name), \(family)")
        #expect(try model.state() != state)
      }
    }
  }

  @Test("every backend changes the same entries of the same state by chance", .needs(.openCL))
  func backendsAgree() throws {
    let network = Network(layers: [40, 30, 25, 10])
    let states = try TestDevice.backends().map { backend in
      let model = try Self.model(backend, network, .random)
      for step in [1, 2] {
        for weight in network.weights.dropLast() {
          try model.enqueueTopology(TopologyEvent(weight, count: 30, step: step))
        }
      }
      return try model.state()
    }
    #expect(states.allSatisfy { $0.masks == states[0].masks })
    #expect(states.allSatisfy { $0.parameters.map(\.value) == states[0].parameters.map(\.value) })
  }
}
