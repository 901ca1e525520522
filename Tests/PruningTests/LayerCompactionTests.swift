import GraphExec
import Pruning
import Reference
import Testing

/// Protects that units are followed through every operation that passes them on: convolutions, poolings, flattenings,
/// additions, biases and batch norms.
@Suite("Compaction of networks of many operations")
struct LayerCompactionTests {
  typealias Layer = Network.Layer

  /// What a unit goes through between the layers that are pruned.
  enum Case: String, CaseIterable {
    case pooledConvolutions, strided, residual, biasesAndBatchNorm, flattenedAddition

    var layers: [Layer] {
      switch self {
      case .pooledConvolutions:
        [
          Layer("a", Conv2D(outputs: 6, kernel: 3, padding: 1)), Layer("a.relu", ReLU()),
          Layer("a.pool", MaxPool(PoolWindow(kernel: 2))),
          Layer("b", Conv2D(outputs: 5, kernel: 2)), Layer("b.relu", ReLU()), Layer("flat", Flatten()),
          Layer("c", Linear(outputs: 7)), Layer("drop", Dropout(rate: 0.5)), Layer("d", Linear(outputs: 4)),
        ]
      case .strided:
        [
          Layer("a", Conv2D(outputs: 6, kernel: 1, stride: 2)),
          Layer("b", Conv2D(outputs: 5, kernel: 3, stride: 2, padding: 1)),
          Layer("pool", GlobalAveragePool()), Layer("c", Linear(outputs: 4)),
        ]
      case .residual:
        [
          Layer("a", Conv2D(outputs: 6, kernel: 3, padding: 1)), Layer("a.relu", ReLU()),
          Layer("b", Conv2D(outputs: 5, kernel: 1)), Layer("b.relu", ReLU()),
          Layer("c", Conv2D(outputs: 6, kernel: 3, padding: 1)),
          Layer("sum", Add(), inputs: ["c", "a.relu"]),
          Layer("pool", AveragePool(PoolWindow(kernel: 2))), Layer("flat", Flatten()),
          Layer("d", Linear(outputs: 4)),
        ]
      case .biasesAndBatchNorm:
        [
          Layer("a", Conv2D(outputs: 6, kernel: 3, bias: true)), Layer("a.norm", BatchNorm()),
          Layer("a.relu", ReLU()), Layer("b", Conv2D(outputs: 5, kernel: 2, bias: true)),
          Layer("b.relu", ReLU()),
          Layer("flat", Flatten()), Layer("c", Linear(outputs: 7, bias: true)), Layer("c.relu", ReLU()),
          Layer("d", Linear(outputs: 4, bias: true)),
        ]
      case .flattenedAddition:
        // A unit of the flattening is nine features; the group's are the pieces of which 4 x 9 and 36 are made.
        [
          Layer("a", Conv2D(outputs: 4, kernel: 1)), Layer("pool", MaxPool(PoolWindow(kernel: 2, stride: 2))),
          Layer("flat", Flatten()), Layer("b", Linear(outputs: 36)),
          Layer("sum", Add(), inputs: ["b", "flat"]), Layer("sum.relu", ReLU()),
          Layer("c", Linear(outputs: 4)),
        ]
      }
    }
  }

  @Test("removing dead units changes no logit, loses no state, and leaves none", arguments: Case.allCases)
  func exactness(_ own: Case) throws {
    let network = try Network(input: Shape(2, 6, 6), layers: own.layers)
    var removed = 0
    for seed in 0..<10 as Range<UInt64> {
      let state = Self.state(network, seed: seed)
      let compaction = Compaction(network: network, masks: state.masks)
      let small = compaction.compact(state)
      removed += network.parameterCount - compaction.compacted.parameterCount
      for (parameter, part) in zip(compaction.compacted.parameters, small.parameters) {
        #expect(part.value.rows == parameter.rows && part.value.columns == parameter.columns)
      }
      let images = RandomNetwork.images(size: network.inputs, seed: seed)
      let logits = try RandomNetwork.logits(of: small, compaction.compacted, images: images)
      let whole = try RandomNetwork.logits(of: state, network, images: images)
      // Sums are taken in another order, and of terms as large as the largest of the logits and more.
      let largest = whole.map(abs).max() ?? 0
      #expect(zip(logits, whole).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, largest) })
      #expect(compaction.expand(small, into: state) == state)
      #expect(Compaction(network: compaction.compacted, masks: small.masks).isIdentity)
    }
    #expect(removed > 0)
  }

  @Test("a unit of which a bias survives is fed, though no path of weights leads through it")
  func bias() throws {
    let network = try Network(
      input: Shape(3), layers: [Layer("a", Linear(outputs: 2, bias: true)), Layer("b", Linear(outputs: 2))])
    let masks: [[UInt8]] = [[0, 0, 0, 0, 0, 0], [0, 1], [1, 1, 1, 1]]
    #expect(Compaction(network: network, masks: masks).kept == [[0, 1, 2], [1], [0, 1]])
    #expect(!Compaction.isConnected(network, masks: masks))
  }

  /// Some units of each layer pruned whole, with their bias or their entries of a batch norm or without, and entries here and
  /// there; variances are positive.
  private static func state(_ network: Network, seed: UInt64) -> ModelState {
    var state = RandomNetwork.state(network, density: seed.isMultiple(of: 2) ? 0.9 : 0.3, seed: seed)
    var random = SplitMix64(seed: seed, stream: 7)
    var scaleMask: [UInt8] = []
    for (index, parameter) in network.parameters.enumerated() {
      let dead = (0..<parameter.columns).map { _ in Double.random(in: 0..<1, using: &random) < 0.4 }
      for entry in state.masks[index].indices where dead[entry % parameter.columns] {
        state.parameters[index].mask[entry] = 0
      }
      if parameter.name.hasSuffix(".scale") { scaleMask = state.masks[index] }
      if [".shift", ".mean", ".variance"].contains(where: parameter.name.hasSuffix) {
        state.parameters[index].mask = scaleMask
      }
      if parameter.name.hasSuffix(".variance") {
        state.parameters[index].value.values = state.parameters[index].value.values.map { abs($0) + 1 }
      }
    }
    RandomNetwork.applyMasks(&state)
    return state
  }
}
