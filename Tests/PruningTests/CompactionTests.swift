import GraphExec
import Pruning
import Reference
import Testing

/// Protects that removing dead units changes no logit, removes all that is dead and nothing else, and loses no state.
@Suite("Compaction")
struct CompactionTests {
  @Test("a dead unit is followed in both directions")
  func bothDirections() {
    // Unit 1 of the first hidden layer has no input; unit 0 of the second is read by nobody, and then unit 2 of the
    // first, which only it reads, is dead too.
    let network = Network(layers: [2, 3, 3, 1])
    let masks: [[UInt8]] = [
      [1, 0, 1, 1, 0, 1],
      [1, 1, 0, 0, 1, 1, 1, 0, 0],
      [0, 1, 1],
    ]
    let compaction = Compaction(network: network, masks: masks)
    #expect(compaction.kept == [[0, 1], [0], [1], [0]])
    #expect(compaction.compacted == Network(layers: [2, 1, 1, 1]))
    #expect(!compaction.isIdentity)
  }

  @Test("inputs and outputs stay, even those that nothing reads or feeds")
  func endsStay() {
    let compaction = Compaction(network: Network(layers: [3, 2]), masks: [[0, 0, 0, 0, 0, 1]])
    #expect(compaction.isIdentity)
    #expect(compaction.kept == [[0, 1, 2], [0, 1]])
  }

  @Test("a network without a path keeps one unit per hidden layer, and its logits of zero", arguments: 0..<3)
  func noPath(emptyLayer: Int) throws {
    let network = Network(layers: [4, 3, 5, 2])
    var state = RandomNetwork.state(network, density: 1, seed: 3)
    state.parameters[emptyLayer].mask = [UInt8](repeating: 0, count: state.masks[emptyLayer].count)
    RandomNetwork.applyMasks(&state)
    let compaction = Compaction(network: network, masks: state.masks)
    #expect(compaction.compacted.widths == [4, 1, 1, 2])
    let logits = try RandomNetwork.logits(
      of: compaction.compact(state), compaction.compacted, images: RandomNetwork.images(size: 4, seed: 1))
    #expect(logits.allSatisfy { $0 == 0 })
  }

  @Test("logits are the same to the last bit, and exactly the dead units are gone", arguments: 0..<60)
  func exactness(seed: UInt64) throws {
    var random = SplitMix64(seed: seed, stream: 0)
    let depth = Int.random(in: 1...4, using: &random)
    let sizes = (0...depth).map { _ in [1, 2, 7, 30].randomElement(using: &random) ?? 1 }
    let network = Network(layers: sizes, outputRelu: Bool.random(using: &random))
    let densities: [Double] = [0, 0.02, 0.1, 0.3, 0.7, 1]
    let density = densities.randomElement(using: &random) ?? 1
    var state = RandomNetwork.state(network, density: density, seed: seed)
    // Neuron pruning, too: whole columns.
    for layer in 0..<depth where Bool.random(using: &random) {
      let columns = sizes[layer + 1]
      let dead = (0..<columns).map { _ in Bool.random(using: &random) }
      for index in state.masks[layer].indices where dead[index % columns] {
        state.parameters[layer].mask[index] = 0
      }
    }
    RandomNetwork.applyMasks(&state)

    let compaction = Compaction(network: network, masks: state.masks)
    #expect(compaction.kept == keptByRepeatedRemoval(network, state.masks))
    let small = compaction.compact(state)
    // Small whole numbers: every sum is exact in any order, so that equality means equality.
    let images = RandomNetwork.images(size: sizes[0], seed: seed)
    #expect(
      try RandomNetwork.logits(of: small, compaction.compacted, images: images)
        == RandomNetwork.logits(of: state, network, images: images))
    #expect(compaction.expand(small, into: state) == state)
    // What survives is what lies between live units: compacting again finds nothing.
    #expect(Compaction(network: compaction.compacted, masks: small.masks).isIdentity)
  }

  @Test("a changed small state returns to its places, and the rest stays")
  func expansion() {
    let network = Network(layers: [3, 4, 2])
    var state = RandomNetwork.state(network, density: 1, seed: 9)
    for row in 0..<3 { state.parameters[0].mask[row * 4 + 1] = 0 }
    let compaction = Compaction(network: network, masks: state.masks)
    var small = compaction.compact(state)
    #expect(small.parameters[0].value.columns == 3 && small.parameters[1].value.rows == 3)
    #expect(small.step == state.step)
    for layer in 0..<2 {
      func shift(_ values: inout [Float], by shift: Float) { values = values.map { $0 + shift } }
      shift(&small.parameters[layer].value.values, by: 100)
      shift(&small.parameters[layer].slots[0].values, by: 200)
      shift(&small.parameters[layer].slots[1].values, by: 300)
      small.parameters[layer].mask = small.masks[layer].map { _ in 0 }
    }
    small.step = 77
    let expanded = compaction.expand(small, into: state)
    #expect(expanded.step == 77)
    for layer in 0..<2 {
      let (rows, columns) = (network.parameters[layer].rows, network.parameters[layer].columns)
      for row in 0..<rows {
        for column in 0..<columns {
          let isKept = compaction.kept[layer].contains(row) && compaction.kept[layer + 1].contains(column)
          func expect(_ matrix: KeyPath<ParameterState, Matrix>, plus shift: Float) {
            let old = state.parameters[layer][keyPath: matrix][row, column]
            #expect(
              expanded.parameters[layer][keyPath: matrix][row, column] == (isKept ? old + shift : old))
          }
          expect(\.value, plus: 100)
          expect(\.slots[0], plus: 200)
          expect(\.slots[1], plus: 300)
          let index = row * columns + column
          #expect(expanded.masks[layer][index] == (isKept ? 0 : state.masks[layer][index]))
        }
      }
    }
  }

  /// The definition, word for word: units are removed until nothing changes.
  private func keptByRepeatedRemoval(_ network: Network, _ masks: [[UInt8]]) -> [[Int]] {
    let widths = network.widths
    var live = widths.map { [Bool](repeating: true, count: $0) }
    var hasChanged = true
    while hasChanged {
      hasChanged = false
      for layer in 1..<max(widths.count - 1, 1) {
        for unit in 0..<widths[layer] where live[layer][unit] {
          let width = widths[layer]
          let next = widths[layer + 1]
          let isFed = live[layer - 1].indices.contains {
            live[layer - 1][$0] && masks[layer - 1][$0 * width + unit] != 0
          }
          let isRead = live[layer + 1].indices.contains {
            live[layer + 1][$0] && masks[layer][unit * next + $0] != 0
          }
          if !(isFed && isRead) {
            live[layer][unit] = false
            hasChanged = true
          }
        }
      }
    }
    return live.map { flags in
      let units = flags.indices.filter { flags[$0] }
      return units.isEmpty ? [0] : units
    }
  }
}
