import Foundation
import GraphExec
import Reference
import TestSupport
import Testing

/// Protects that crops and mirrors are drawn from seed, step and place in the batch alone, alike on every backend, and that an
/// evaluation knows nothing of them. That kernels gather the same bits, `whittle verify` shows.
@Suite(.serialized) struct AugmentationTests {
  private static let shape = Shape(3, 6, 5)
  private static let network = Result {
    try Network(
      input: shape,
      layers: [
        Network.Layer("conv", Conv2D(outputs: 4, kernel: 3, padding: 1)), Network.Layer("relu", ReLU()),
        Network.Layer("flatten", Flatten()), Network.Layer("output", Linear(outputs: 10)),
      ])
  }

  private func train(_ backend: any Backend, seed: UInt64, _ augmentation: Augmentation) throws -> (
    state: ModelState, before: [Float]
  ) {
    let network = try Self.network.get()
    var specification = ModelSpecification(network: network, batchSize: 32, masked: false)
    specification.seed = seed
    specification.augmentation = augmentation
    let model = try backend.makeModel(specification)
    try model.load(.fresh(network))
    var images = TestSet.images(count: 70, size: Self.shape.count, seed: 4)
    images.normalization = PixelNormalization(mean: [0.5, 0.4, 0.3], deviation: [0.2, 0.25, 0.3])
    let set = try backend.upload(images)
    let before = try model.outputs(of: set)
    for epoch in UInt64(0)..<2 { _ = try model.trainEpoch(on: set, order: TestSet.order(70, seed: epoch)) }
    return (try model.state(), before)
  }

  @Test("a seed gives the same bits again, another one others, and every backend the same images")
  func seeds() throws {
    var states: [ModelState] = []
    let augmentation = Augmentation(crop: 2, flip: true)
    for backend in try TestDevice.backends() {
      let (state, outputs) = try train(backend, seed: 1, augmentation)
      #expect(try train(backend, seed: 1, augmentation).state == state)
      #expect(try train(backend, seed: 1 << 33, augmentation).state != state)
      let plain = try train(backend, seed: 1, .none)
      #expect(plain.state != state)
      #expect(plain.before == outputs)
      #expect(try train(backend, seed: 1 << 33, .none).state == plain.state)
      states.append(state)
    }
    for state in states.dropFirst() {
      for (a, b) in zip(state.parameters, states[0].parameters) {
        for (x, y) in zip(a.value.values, b.value.values) { #expect(abs(x - y) < 2e-5) }
      }
    }
  }

  @Test("every place is drawn about as often, and half of the images are mirrored")
  func draws() {
    let (shape, augmentation) = (Shape(1, 8, 8), Augmentation(crop: 2, flip: true))
    var places: [Int: Int] = [:]
    var mirrored = 0
    for step in 1...100 {
      let bits = StepBits(of: TensorID(0), seed: 3, step: step)
      for column in 0..<100 {
        let image = AugmentedImage(augmentation, of: shape, column: column, bits: bits)
        // The middle is inside the image wherever it was cut.
        let (here, next) = (image.source(of: 35), image.source(of: 36))
        guard let here, let next else { continue }
        if next < here { mirrored += 1 }
        places[here / 8 * 16 + (next < here ? 7 - here % 8 : here % 8), default: 0] += 1
      }
    }
    #expect(places.count == 25 && places.values.allSatisfy { abs($0 - 400) < 100 })
    #expect(abs(mirrored - 5000) < 250)
  }

  @Test("without a crop and a mirror an image is itself, and a mirrored one itself from the right")
  func source() {
    let bits = StepBits(of: TensorID(0), seed: 1, step: 1)
    for column in 0..<20 {
      let plain = AugmentedImage(.none, of: Self.shape, column: column, bits: bits)
      let flipped = AugmentedImage(Augmentation(flip: true), of: Self.shape, column: column, bits: bits)
      let places = (0..<Self.shape.count).map { plain.source(of: $0) }
      #expect(places == (0..<Self.shape.count).map { $0 })
      let mirror = (0..<Self.shape.count).map { $0 / 5 * 5 + 4 - $0 % 5 }
      let seen = (0..<Self.shape.count).map { flipped.source(of: $0) }
      #expect(seen == places || seen == mirror)
    }
  }

  @Test("images without lines are refused")
  func flat() throws {
    var specification = ModelSpecification(network: Network(layers: [12, 3]), batchSize: 4, masked: false)
    specification.augmentation = Augmentation(flip: true)
    for backend in try TestDevice.backends() {
      let text = message { try backend.makeModel(specification) }
      #expect(text == "images of 12 features have no lines that could be cropped or mirrored")
    }
  }

  @Test("a byte becomes what the formula says to rounding, and without a normalization what it always was")
  func scales() {
    let normalization = PixelNormalization(mean: [0.4914, 0.1307], deviation: [0.2470, 0.3081])
    let scales = normalization.scales(features: 6)
    for byte in 0..<256 {
      for feature in 0..<6 {
        let seen = scales[6 + feature].addingProduct(Float(byte), scales[feature])
        let (mean, deviation) = (normalization.mean[feature / 3], normalization.deviation[feature / 3])
        let exact = (Double(byte) / 255 - mean) / deviation
        let bound = 0x1p-24 * (2 * Double(byte) / 255 / deviation + 2 * mean / deviation)
        #expect(abs(Double(seen) - exact) <= bound)
      }
      let plain = PixelNormalization.none.scales(features: 1)
      let seen = plain[1].addingProduct(Float(byte), plain[0])
      #expect(seen.bitPattern == (Float(byte) * (1 / 255)).bitPattern)
    }
  }

  @Test("bytes that are normalized give the same bits as floats with these values")
  func normalized() throws {
    let network = try Self.network.get()
    var images = TestSet.images(count: 33, size: Self.shape.count, seed: 9)
    images.normalization = PixelNormalization(mean: [0.5, 0.4, 0.3], deviation: [0.2, 0.25, 0.3])
    guard case .bytes(let bytes) = images.features else { return }
    let scales = images.normalization.scales(features: images.size)
    let floats = bytes.enumerated().map { at, byte in
      scales[images.size + at % images.size].addingProduct(Float(byte), scales[at % images.size])
    }
    let seen = HostImages(features: .floats(floats), labels: images.labels, size: images.size)
    var specification = ModelSpecification(network: network, batchSize: 16, masked: false)
    specification.trains = false
    for backend in try TestDevice.backends() {
      let model = try backend.makeModel(specification)
      try model.load(.fresh(network))
      let outputs = try model.outputs(of: backend.upload(images))
      #expect(try model.outputs(of: backend.upload(seen)) == outputs)
      images.normalization = .none
      #expect(try model.outputs(of: backend.upload(images)) != outputs)
      images.normalization = PixelNormalization(mean: [0.5, 0.4, 0.3], deviation: [0.2, 0.25, 0.3])
    }
  }
}
