import Reference
import Testing

/// Protects a machine from a study that it cannot hold, and a finished one from being refused.
@Suite struct HostMemoryTests {
  @Test("the networks that are trained at a time count, those that are finished do not")
  func runs() throws {
    let study = try SmallStudy("execution.concurrent_models=4")
    let backend = try CPUBackend()
    let weights = Double(784 * 24 + 24 * 16 + 16 * 10)
    // Weight, two moments and mask: in the model, in the state that is read back, and in the checkpoint.
    #expect(study.config.hostBytes(ofRuns: 1, on: backend) == 39 * weights)
    #expect(study.config.hostBytes(ofRuns: 9, on: backend) == 4 * 39 * weights)
    #expect(study.config.hostBytes(ofRuns: 0, on: backend) == 0)
  }
}
