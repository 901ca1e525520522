import Foundation
import GraphExec
import TestSupport
import Testing

/// Protects that a layer is priced by its own size where that decides its speed, and that costs which were kept before
/// sizes were measured can be read.
@Suite(.serialized) struct LayerCostsTests {
  private static func costs(_ seconds: Double) -> FormatCosts {
    let all = Dictionary(uniqueKeysWithValues: MatmulPass.allCases.map { ($0.rawValue, seconds) })
    return FormatCosts(dense: all, points: [FormatCosts.Point(density: 0.5, seconds: all)])
  }

  private static func network() throws -> Network {
    try Network(
      input: Shape(3, 8, 8),
      layers: [
        Network.Layer("a", Conv2D(outputs: 4, kernel: 3, padding: 1)),
        Network.Layer("b", Conv2D(outputs: 4, kernel: 3, padding: 1, bias: true)),
        Network.Layer("c", Conv2D(outputs: 4, kernel: 3, padding: 1)),
        Network.Layer("flat", Flatten()), Network.Layer("d", Linear(outputs: 10)),
      ])
  }

  @Test("convolutions of one size have one price, a linear layer that of any matrix")
  func sizes() throws {
    let network = try Self.network()
    let sizes = network.weights.map { network.pricedSize(of: $0) }
    #expect(sizes[0] == "conv2d of 3x8x8 to 4, 3x3, stride 1, padding 1")
    #expect(sizes[1] == sizes[2] && sizes[1] != sizes[0] && sizes[3] == nil)
    let size = try #require(sizes[1])
    let costs = LayerCosts(matrices: Self.costs(1), sizes: [size: Self.costs(2)])
    #expect(
      network.weights.map { costs.costs(of: $0, in: network) }
        == [nil, Self.costs(2), Self.costs(2), Self.costs(1)])
    #expect(costs.isPlausible)
    #expect(!LayerCosts(matrices: Self.costs(1), sizes: [size: Self.costs(-1)]).isPlausible)
  }

  @Test("entries in blocks that were measured have the price of these, others that of entries anywhere")
  func blocks() throws {
    let network = try Self.network()
    let (four, two) = (SparseBlocks(inputs: 4, outputs: 4), SparseBlocks(inputs: 2, outputs: 2))
    let costs = LayerCosts(matrices: Self.costs(1), blocks: ["\(four)": Self.costs(2)])
    let linear = network.weights[3]
    #expect(costs.costs(of: linear, in: network, blocks: four) == Self.costs(2))
    #expect(costs.costs(of: linear, in: network, blocks: two) == Self.costs(1))
    #expect(costs.costs(of: linear, in: network) == Self.costs(1))
    #expect(costs.costs(of: network.weights[0], in: network, blocks: four) == nil)
    #expect(!LayerCosts(matrices: Self.costs(1), blocks: ["4x4": Self.costs(-1)]).isPlausible)
  }

  @Test("a file of the costs of matrices alone is read, and one with sizes is what was written")
  func files() throws {
    let old = try JSONEncoder().encode(Self.costs(1))
    #expect(try JSONDecoder().decode(LayerCosts.self, from: old) == LayerCosts(matrices: Self.costs(1)))
    #expect(try JSONDecoder().decode(FormatCosts.self, from: old) == Self.costs(1))
    let costs = LayerCosts(
      matrices: Self.costs(1), sizes: ["a": Self.costs(2)], blocks: ["4x4": Self.costs(3)])
    let new = try JSONEncoder().encode(costs)
    #expect(try JSONDecoder().decode(LayerCosts.self, from: new) == costs)
  }

  @Test("a convolution is measured in its own size, however small", .needs(.openCL), arguments: [1, 4])
  func measuring(outputs: Int) throws {
    let network = try Network(
      input: Shape(2, 4, 4),
      layers: [
        Network.Layer("a", Conv2D(outputs: outputs, kernel: outputs == 1 ? 1 : 3)),
        Network.Layer("flat", Flatten()), Network.Layer("b", Linear(outputs: 10)),
      ])
    // A backend of its own: what other tests hold would be counted, too.
    let backend = try OpenCLBackend(TestDevice.openCL())
    let costs = try backend.measureFormatCosts(of: network.weights[0], in: network, batchSize: 4096)
    #expect(costs.isPlausible)
    #expect(costs.points.count == (outputs == 1 ? 1 : 4))
    #expect(backend.memory.used == 0)
  }
}
