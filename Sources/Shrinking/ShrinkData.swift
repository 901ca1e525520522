import Datasets
import GraphExec
import ModelEvaluation

/// The images of a search, each for one thing: to train on, to choose by, and to test what was chosen.
///
/// A network that somebody brings has probably been trained on all training images, so that its accuracy on some of them
/// tells nothing. Where the data set has no images held out, half of its test images, drawn by the seed, are what is
/// chosen by, and the other half is looked at once, at the end.
package struct ShrinkData: Sendable {
  /// Images with their labels, on the device.
  package struct Part: Sendable {
    package let set: any ResidentSet
    package let labels: [UInt8]
  }

  package let train: Part
  /// What candidates are chosen by; nothing is trained on them.
  package let heldOut: Part
  /// The first of these, for what is asked often.
  let probe: Part
  /// What no choice has seen.
  package let test: Part
  package let classes: Int
  /// Where the held-out images come from, for people.
  package let origin: String

  /// Uploads the parts of a data set.
  package init(_ data: Dataset, normalization: PixelNormalization, backend: any Backend, seed: UInt64) throws
  {
    func part(_ images: ImageSet) throws -> Part {
      Part(
        set: try backend.upload(images.host(normalization)), labels: images.labels)
    }
    let chosen: ImageSet
    let rest: ImageSet
    if let validation = data.validation {
      (chosen, rest) = (validation, data.test)
      origin = "\(validation.count) images held out of the training set"
    } else {
      // Streams below 2^34 draw weights, orders and images of criteria.
      var random = SplitMix64(seed: seed, stream: 1 << 34)
      let order = random.permutation(data.test.count).map { Int($0) }
      let half = data.test.count / 2
      chosen = data.test.images(at: order[..<half].sorted())
      rest = data.test.images(at: order[half...].sorted())
      origin = "\(half) of the \(data.test.count) test images"
    }
    train = try part(data.train)
    heldOut = try part(chosen)
    probe = try part(chosen.prefix(2000))
    test = try part(rest)
    classes = data.classes
  }
}

extension ImageSet {
  /// Some of the images, in this order.
  fileprivate func images(at places: [Int]) -> ImageSet {
    func taken<Value>(of values: [Value]) -> [Value] {
      var taken: [Value] = []
      taken.reserveCapacity(places.count * shape.values)
      for place in places { taken += values[place * shape.values..<(place + 1) * shape.values] }
      return taken
    }
    let pixels: PixelValues =
      switch pixels {
      case .bytes(let bytes): .bytes(taken(of: bytes))
      case .floats(let floats): .floats(taken(of: floats))
      }
    return ImageSet(name: name, pixels: pixels, labels: places.map { labels[$0] }, shape: shape)
  }
}
