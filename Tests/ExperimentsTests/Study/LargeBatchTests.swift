import Experiments
import GraphExec
import Synchronization
import TestSupport
import Testing

/// Protects a study whose batch is larger than its training set: it costs what the set costs, and gives the same bits.
@Suite struct LargeBatchTests {
  @Test("a batch larger than the training set is as one of the set's size, to the bit")
  func sameBits() throws {
    let results = try [300, 65_536].map { size in
      let study = try SmallStudy("training.batch_size=\(size)", "pruning.sparsities=[0.5]")
      let largest = Mutex(0)
      let backend = try WrappingBackend { model in
        largest.withLock { $0 = max($0, model.specification.batchSize) }
        return model
      }
      try study.run(backend)
      #expect(largest.withLock { $0 } == 300)
      #expect(try StudyConfig.load(path: study.files.config).training.batchSize == size)
      return try study.comparable()
    }
    #expect(results[0] == results[1])
  }

  @Test("on OpenCL, too", .needs(.openCL))
  func sameBitsOnOpenCL() throws {
    let results = try [300, 65_536].map { size in
      let study = try SmallStudy("training.batch_size=\(size)", "pruning.sparsities=[0]", "training.epochs=2")
      let backend = try BackendChoice.open("opencl")
      try study.run(backend)
      #expect(backend.memory.peak < 16 << 20)
      return try study.comparable()
    }
    #expect(results[0] == results[1])
  }
}
