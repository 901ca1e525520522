import Foundation
import GraphExec
import Pruning
import Testing

/// Protects when entries of sparse weights are replaced, and how many.
@Suite struct TopologyScheduleTests {
  private static func events(_ schedule: TopologySchedule) -> [Int: Double] {
    (0..<40).reduce(into: [:]) { $0[$1] = schedule.fraction(beforeStep: $1) }
  }

  @Test("every interval, from the first on, and not from the end on")
  func steps() {
    func steps(_ interval: Int, _ end: Int) -> [Int] {
      Self.events(
        TopologySchedule(growth: .random, interval: interval, fraction: 0.3, decay: .constant, end: end)
      ).keys.sorted()
    }
    #expect(steps(4, 13) == [4, 8, 12])
    #expect(steps(4, 12) == [4, 8])
    #expect(steps(1, 4) == [1, 2, 3])
    #expect(steps(4, 4) == [])
    #expect(steps(4, 1) == [])
  }

  @Test("the share decays as half of a cosine, or not at all")
  func decay() {
    var schedule = TopologySchedule(growth: .gradient, interval: 5, fraction: 0.4, decay: .cosine, end: 20)
    let expected = [5: 0.2 * (1 + 0.5.squareRoot()), 10: 0.2, 15: 0.2 * (1 - 0.5.squareRoot())]
    let events = Self.events(schedule)
    #expect(events.keys.sorted() == expected.keys.sorted())
    for (step, share) in expected { #expect(abs((events[step] ?? 0) - share) < 1e-12) }
    schedule.decay = .constant
    #expect(Self.events(schedule) == [5: 0.4, 10: 0.4, 15: 0.4])
  }

  @Test("a run prunes before its first step, and has settled after the last change")
  func settled() {
    func schedule(_ interval: Int, _ end: Int) -> SparsitySchedule {
      .dynamic(
        0.9,
        TopologySchedule(growth: .random, interval: interval, fraction: 0.3, decay: .cosine, end: end))
    }
    #expect(schedule(4, 12).sparsity(beforeStep: 0) == 0.9)
    #expect((1..<20).allSatisfy { schedule(4, 12).sparsity(beforeStep: $0) == nil })
    #expect(schedule(4, 12).target == 0.9)
    #expect(schedule(4, 12).settledStep == 9)
    #expect(schedule(4, 13).settledStep == 13)
    #expect(schedule(4, 4).settledStep == 0)
    #expect(SparsitySchedule.constant(0.5).topology == nil)
  }

  @Test("each weight that lacks entries replaces its share of them, rounded; dense ones none")
  func counts() {
    let network = Network(layers: [4, 5, 3, 2])
    var masks = network.parameters.map { [UInt8](repeating: 1, count: $0.count) }
    for place in 0..<13 { masks[0][place] = 0 }
    for place in 0..<14 { masks[2 - 1][place] = 0 }
    let topology = DynamicTopology(masks: masks, network: network, executesSparse: true)
    #expect(topology.formats.map(\.name) == ["sparse", "sparse", "dense"])
    #expect(
      DynamicTopology(masks: masks, network: network, executesSparse: false).formats.map(\.name)
        == ["masked", "masked", "dense"])
    func counts(_ fraction: Double) -> [[Int]] {
      topology.events(replacing: fraction, beforeStep: 7).map { [$0.weight.index, $0.count, $0.step] }
    }
    // 7 entries and 1: of halves the even number.
    #expect(counts(0.3) == [[0, 2, 7]])
    #expect(counts(0.5) == [[0, 4, 7]])
    #expect(counts(0.6) == [[0, 4, 7], [1, 1, 7]])
    #expect(counts(1) == [[0, 7, 7], [1, 1, 7]])
    #expect(counts(0) == [])
  }
}
