import Device
import GraphExec
import KernelChecks
import TestSupport
import Testing

/// Protects a search: whatever it may choose builds, and computes what the reference does.
@Suite(.serialized, .needs(.openCL))
struct CandidateTests {
  @Test(
    "every set of tiles that keeps the constraints agrees with the reference",
    arguments: KernelConfig.Family.allCases)
  func everyCandidate(family: KernelConfig.Family) throws {
    let device = try TestDevice.openCL()
    let check = try ProductCheck(ComputeContext(device))
    let config = KernelConfig.choose(for: device, batchSize: 128, family: family)
    for pass in family == .cpu ? MatmulPass.allCases : [.forward] {
      let product = ProductShape(
        kernels: config.matmulFile, pass: pass, inputs: 150, outputs: 50, columns: 128)
      for tiles in config.candidates(for: product, on: device) {
        let tiled = try #require(config.with(tiles, of: product))
        #expect(check.failure(of: tiled, on: product, isThorough: false) == nil, "\(pass), \(tiles)")
      }
    }
  }
}
