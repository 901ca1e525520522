import Backends
import Configs
import Files
import GraphExec
import ModelFiles
import Synchronization
import TestSupport
import Testing

/// Protects a study whose batch is larger than its training set: it costs what the set costs, and gives the same bits.
@Suite struct LargeBatchTests {
  /// All of a study but the model files, and these files' weights.
  private func content(of study: SmallStudy) throws -> (files: [String: String], weights: [[Matrix]]) {
    var weights: [[Matrix]] = []
    for run in try study.files.existingRuns() {
      weights.append(try study.weights(run.initialModel))
      weights.append(try study.weights(run.model))
      // What is kept of the config is what was written.
      let origin = try ModelOrigin(metadata: SafetensorsFile.read(run.model).metadata)
      guard case .object(let config)? = origin?.config, case .object(let training)? = config["training"]
      else {
        Issue.record("\(run.model) does not tell its config")
        continue
      }
      #expect(training["batch_size"]?.compact == "\(study.config.training.batchSize)")
    }
    // Model files differ in the config that they tell.
    let files = try study.comparable().filter { file in
      !["/initial.safetensors", "/model.safetensors"].contains { file.key.hasSuffix($0) }
    }
    return (files, weights)
  }

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
      return try content(of: study)
    }
    #expect(results[0].files == results[1].files)
    #expect(results[0].weights == results[1].weights)
  }

  @Test("on OpenCL, too", .needs(.openCL))
  func sameBitsOnOpenCL() throws {
    let results = try [300, 65_536].map { size in
      let study = try SmallStudy("training.batch_size=\(size)", "pruning.sparsities=[0]", "training.epochs=2")
      let backend = try BackendChoice.open("opencl")
      try study.run(backend)
      #expect(backend.memory.peak < 16 << 20)
      return try content(of: study)
    }
    #expect(results[0].files == results[1].files)
    #expect(results[0].weights == results[1].weights)
  }
}
