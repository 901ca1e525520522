import GraphExec
import Shrinking
import Testing

/// Protects what a search decides before it trains: which units go.
@Suite("Units shared out among groups")
struct AllocationTests {
  private let network = Network(layers: [20, 100, 50, 4])

  /// Groups whose loss grows from the units that are left on.
  private var sensitivity: UnitSensitivity {
    func group(_ index: Int, _ units: Int, _ losses: [(left: Int, loss: Double)]) -> UnitSensitivity.Group {
      UnitSensitivity.Group(
        weight: network.weights[index], layer: "layers.\(index)", units: units, place: index + 1,
        points: [(units, 0.1)] + losses)
    }
    return UnitSensitivity(groups: [
      group(0, 100, [(50, 0.2), (20, 1.1), (5, 10.1)]), group(1, 50, [(25, 0.1001), (10, 0.11), (2, 1.1)]),
    ])
  }

  @Test("by sensitivity the groups bear the same loss, so that what nothing is lost by goes first")
  func bySensitivity() throws {
    let cost = AllocationCost(target: .inference)
    let allocation = try #require(
      UnitAllocation.bySensitivity(sensitivity, of: network, share: 0.25, cost: cost))
    let small = allocation.network(of: network)
    #expect(cost(small) <= 0.25 * cost(network) && cost(small) > 0.23 * cost(network))
    let (first, second) = (try #require(allocation.left[1]), try #require(allocation.left[2]))
    #expect(Double(first) / 100 > 2 * Double(second) / 50)
    // There is no less than what was tried.
    #expect(UnitAllocation.bySensitivity(sensitivity, of: network, share: 0.01, cost: cost) == nil)
  }

  @Test("between two shares that were tried the loss grows by equal ratios")
  func between() {
    let group = sensitivity.groups[0]
    #expect(group.unitsLeft(bearing: 1e-7) == 100)
    #expect(group.unitsLeft(bearing: 0.1) == 50 && group.unitsLeft(bearing: 1) == 20)
    let middle = group.unitsLeft(bearing: 0.1 * 10.0.squareRoot())
    #expect(middle == 35)
    #expect(group.unitsLeft(bearing: 100) == 5)
  }

  @Test(
    "uniform shares fit the cost as closely, in multiply-adds or in entries",
    arguments: [ShrinkTarget.size, .inference])
  func uniform(target: ShrinkTarget) throws {
    let cost = AllocationCost(target: target)
    let allocation = try #require(
      UnitAllocation.uniform(sensitivity.groups, of: network, share: 0.25, cost: cost))
    let small = allocation.network(of: network)
    #expect(cost(small) <= 0.25 * cost(network) && cost(small) > 0.23 * cost(network))
    #expect(abs(Double(small.widths[1]) / 100 - Double(small.widths[2]) / 50) < 0.02)
  }

  @Test("filters fill the tiles that they are computed in, where time is what counts")
  func filters() throws {
    let network = try Network(
      input: Shape(3, 8, 8),
      layers: [
        Network.Layer("a", Conv2D(outputs: 30, kernel: 3, padding: 1)),
        Network.Layer("b", Conv2D(outputs: 40, kernel: 3, padding: 1)),
        Network.Layer("pool", GlobalAveragePool()), Network.Layer("c", Linear(outputs: 21)),
        Network.Layer("d", Linear(outputs: 2)),
      ])
    let groups = network.weights.dropLast().enumerated().map { index, weight in
      UnitSensitivity.Group(
        weight: weight, layer: "\(index)", units: network[weight].columns, place: index + 1, points: [])
    }
    func left(_ target: ShrinkTarget) throws -> [Int?] {
      let cost = AllocationCost(target: target)
      let allocation = try #require(UnitAllocation.uniform(groups, of: network, share: 0.3, cost: cost))
      #expect(cost(allocation.network(of: network)) <= 0.3 * cost(network))
      return (1...3).map { allocation.left[$0] }
    }
    let (fast, small) = (try left(.inference), try left(.size))
    #expect(fast.prefix(2).allSatisfy { ($0 ?? 1) % 4 == 0 }, "\(fast)")
    // Bytes are counted one by one, and so are units of linear layers.
    #expect(small.prefix(2).contains { ($0 ?? 0) % 4 != 0 }, "\(small)")
    #expect((fast[2] ?? 0) % 4 != 0 || (small[2] ?? 0) % 4 != 0, "\(fast) \(small)")
  }
}
