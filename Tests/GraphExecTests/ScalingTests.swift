import GraphExec
import Testing

/// Protects the dense networks that pruned ones of equal size are held against.
@Suite("Networks of another size")
struct ScalingTests {
  @Test("all hidden layers shrink by one factor, as little as the number of parameters allows")
  func perceptron() throws {
    let network = Network(layers: [784, 24, 16, 10])
    // 784 * 11 + 11 * 8 + 8 * 10 = 8792; with twelve units in the first layer there are 9408 at least.
    #expect(network.scaled(toParameters: 9000)?.widths == [784, 11, 8, 10])
    #expect(network.scaled(toParameters: 8792)?.widths == [784, 11, 8, 10])
    #expect(network.scaled(toParameters: 8791)?.widths == [784, 11, 7, 10])
    #expect(network.scaled(toParameters: 795)?.widths == [784, 1, 1, 10])
    #expect(network.scaled(toParameters: 794) == nil)
    #expect(network.scaled(toParameters: network.parameterCount) == network)
    #expect(network.scaled(toParameters: network.parameterCount + 1) == network)
    #expect(Network(layers: [784, 10]).scaled(toParameters: 7840) == nil, "it has no hidden layer")
  }

  @Test("every named network can be had in other sizes", arguments: NetworkPresets.all.map(\.name))
  func presets(name: String) throws {
    let preset = try #require(NetworkPresets.all.first { $0.name == name })
    let network = try preset.network(input: preset.designedFor, classes: 10)
    for share in [0.9, 0.5, 0.1] {
      let target = Int(share * Double(network.parameterCount))
      let scaled = try #require(network.scaled(toParameters: target))
      #expect(scaled.parameterCount <= target && Double(scaled.parameterCount) > 0.85 * Double(target))
      #expect(scaled.outputs == 10 && scaled.layers.map(\.name) == network.layers.map(\.name))
    }
  }
}
