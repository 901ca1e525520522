import Backends
import Device
import Files
import GraphExec
import Studies
import StudyFiles
import TestSupport
import Testing

/// Protects what was measured: it is taken once, kept when the study stops, and of the network that is there.
@Suite("Measuring a study")
struct MeasuringTests {
  private static let overrides = ["training.epochs=1", "pruning.sparsities=[0, 0.5, 0.75]"]

  @Test("a study that stops while measuring keeps what was measured, and goes on with the rest")
  func stopped() throws {
    let study = try SmallStudy(Self.overrides)
    let first = TestObserver(stopAfterMeasuring: 2)
    let error = #expect(throws: StudyInterrupted.self) { try study.run(observer: first) }
    #expect(error?.isTrained == true && error?.kept == [])
    #expect(first.measured == ["weight-s0-seed1", "weight-s0.5-seed1"])
    let kept = try MeasurementRow.read(study.files.measurements)
    #expect(kept.map(\.run.description) == first.measured)
    let second = TestObserver()
    try study.run(observer: second)
    #expect(second.measured == ["weight-s0.75-seed1"])
    #expect(try MeasurementRow.read(study.files.measurements).dropLast() == kept[...])
    #expect(second.told == [])
    let third = TestObserver()
    try study.run(observer: third)
    #expect(third.measured == [])
  }

  @Test("a run that is trained again is measured again")
  func again() throws {
    let study = try SmallStudy(Self.overrides)
    let rows = try study.run()
    try SummaryRow.write(rows.filter { $0.sparsity != 0.5 }, to: study.files.summaryCSV)
    try FileSystem.remove(study.files.run(RunName(strategy: .weight, sparsity: 0.5, seed: 1)).result)
    let observer = TestObserver()
    try study.run(observer: observer)
    #expect(observer.measured == ["weight-s0.5-seed1"])
    #expect(try MeasurementRow.read(study.files.measurements).map(\.run) == rows.map(\.runName))
  }
}

/// Protects what people are told of times on a device.
@Suite("Costs on a device")
struct DeviceCostTests {
  @Test("a plan prices the batch with its padding, which is multiplied, too")
  func padding() throws {
    let backend = try OpenCLBackend(TestDevice.openCL())
    func plan(_ batch: Int) throws -> FormatPlan {
      let study = try SmallStudy("training.batch_size=\(batch)")
      return try FormatPlan(
        study.config, run: RunName(strategy: .weight, sparsity: 0.5, seed: 1), backend: backend)
    }
    let costs = try #require(
      try CostStore(backend, batchSize: 33)?.costs(of: SmallStudy().config.network).matrices)
    let stride = KernelConfig.choose(for: backend.context.device, batchSize: 33).stride(forBatch: 33)
    #expect(stride > 33)
    let expected = costs.seconds(
      inputs: 784, outputs: 24, stride: stride, density: nil, needsInputGradient: false)
    #expect(try plan(33).layers[0].denseSeconds == expected)
  }

  @Test("costs that another measured meanwhile are everybody's")
  func measuredMeanwhile() throws {
    let backend = try OpenCLBackend(TestDevice.openCL())
    let network = try SmallStudy().config.network
    let cache = try TemporaryFolder()
    let other = try #require(CostStore(backend, batchSize: 64, cache: cache.path) { _ in })
    var measuredMeanwhile: LayerCosts?
    let store = try #require(
      CostStore(backend, batchSize: 64, cache: cache.path) { _ in
        measuredMeanwhile = try? other.costs(of: network)
      })
    let costs = try store.costs(of: network)
    #expect(costs == measuredMeanwhile)
    #expect(try other.costs(of: network) == costs)
  }
}
