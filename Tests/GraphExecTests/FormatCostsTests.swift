import GraphExec
import TestSupport
import Testing

/// Protects the measurement of what formats cost, and what is made of it.
@Suite(.serialized) struct FormatCostsTests {
  @Test(
    "measuring for a huge batch takes the memory of a middling one",
    .needs(.openCL))
  func hugeBatch() throws {
    let backend = try OpenCLBackend(TestDevice.openCL())
    let costs = try backend.measureFormatCosts(batchSize: 60_000)
    #expect(costs.isPlausible)
    #expect(backend.memory.peak < 512 << 20)
    #expect(backend.memory.used == 0)
  }

  @Test("what blocks of entries cost is measured likewise", .needs(.openCL))
  func blocks() throws {
    let backend = try OpenCLBackend(TestDevice.openCL(), family: .cpu)
    let costs = try backend.measureFormatCosts(batchSize: 16, in: SparseBlocks(inputs: 4, outputs: 2))
    #expect(costs.isPlausible && costs.points.count == 5)
    #expect(backend.memory.used == 0)
  }

  @Test("numbers that no measurement gives are told apart from those that one can give")
  func plausible() {
    let seconds = Dictionary(uniqueKeysWithValues: MatmulPass.allCases.map { ($0.rawValue, 1e-11) })
    func costs(_ dense: [String: Double], _ densities: [Double]) -> FormatCosts {
      FormatCosts(dense: dense, points: densities.map { FormatCosts.Point(density: $0, seconds: seconds) })
    }
    #expect(costs(seconds, [0.1, 0.5]).isPlausible)
    #expect(!costs(seconds, []).isPlausible)
    #expect(!costs(seconds, [0.1, 0.1]).isPlausible)
    #expect(!costs(seconds, [0, 0.1]).isPlausible && !costs(seconds, [0.1, 1.5]).isPlausible)
    #expect(!costs(["forward": 1e-11], [0.1]).isPlausible)
    for value in [0, -1e-11, .infinity, .nan] {
      var changed = seconds
      changed["forward"] = value
      #expect(!costs(changed, [0.1]).isPlausible)
    }
  }
}
