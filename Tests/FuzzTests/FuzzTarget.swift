import Datasets
import Files
import Interchange
import ModelFiles
import TestSupport

/// A reader of files that anybody may have made: valid inputs, and what takes an input of which nothing is certain.
struct FuzzTarget: Sendable, CustomStringConvertible {
  /// The name for `WHITTLE_FUZZ_READERS`.
  let name: String
  let seeds: [[UInt8]]
  /// What makes a changed input pass the checks that would refuse it at once, in half of the tries.
  var repair: @Sendable ([UInt8]) -> [UInt8] = { $0 }
  /// Reads an input; throws what a person would be told.
  let read: @Sendable ([UInt8], TemporaryFolder) throws -> Void

  var description: String { name }
}

extension FuzzTarget {
  /// Every reader; one that is added gets an entry.
  static let all: [FuzzTarget] = [
    FuzzTarget(name: "png", seeds: FuzzSeeds.png, repair: FuzzSeeds.withChecksums, read: picture),
    FuzzTarget(name: "jpeg", seeds: FuzzSeeds.jpeg, read: picture),
    FuzzTarget(name: "npy", seeds: FuzzSeeds.npy) { bytes, folder in
      try unlabelled(bytes, ImageShape(height: 2, width: 3))
      try labelled(bytes, folder, "numpy", "images.npy", beside: ("labels.npy", FuzzSeeds.labels))
    },
    FuzzTarget(name: "npy-labels", seeds: [FuzzSeeds.labels, FuzzSeeds.wideLabels]) { bytes, folder in
      try labelled(bytes, folder, "numpy", "labels.npy", beside: ("images.npy", FuzzSeeds.npy[0]))
    },
    FuzzTarget(name: "npz", seeds: FuzzSeeds.npz) { bytes, folder in
      try labelled(bytes, folder, "numpy", "data.npz")
    },
    FuzzTarget(name: "csv", seeds: FuzzSeeds.csv) { bytes, folder in
      try labelled(bytes, folder, "csv", "train.csv")
    },
    FuzzTarget(name: "idx", seeds: FuzzSeeds.idx) { bytes, folder in
      try labelled(
        bytes, folder, "idx", "train-images-idx3-ubyte",
        beside: ("train-labels-idx1-ubyte", FuzzSeeds.idxLabels))
    },
    FuzzTarget(name: "idx-labels", seeds: [FuzzSeeds.idxLabels]) { bytes, folder in
      try labelled(
        bytes, folder, "idx", "train-labels-idx1-ubyte", beside: ("train-images-idx3-ubyte", FuzzSeeds.idx[0])
      )
    },
    FuzzTarget(name: "cifar", seeds: FuzzSeeds.cifar) { bytes, folder in
      try labelled(bytes, folder, "cifar", "train.bin", shape: ImageShape(channels: 3, height: 2, width: 2))
    },
    FuzzTarget(name: "safetensors", seeds: FuzzSeeds.safetensors + FuzzSeeds.models) { bytes, _ in
      _ = try StoredModel(SafetensorsFile(bytes: bytes, path: "model.safetensors"))
    },
    FuzzTarget(name: "onnx", seeds: FuzzSeeds.onnx) { bytes, _ in
      _ = try StoredModel(anyFormat: bytes, path: "model.onnx")
    },
    FuzzTarget(name: "state-dict", seeds: FuzzSeeds.stateDict, read: stateDict),
  ]

  private static func picture(_ bytes: [UInt8], _ folder: TemporaryFolder) throws {
    try unlabelled(bytes, ImageShape(height: 5, width: 7))
  }

  private static func unlabelled(_ bytes: [UInt8], _ shape: ImageShape) throws {
    let images = try UnlabelledImages(bytes, path: "input", shape: shape, ignoring: nil)
    precondition(images.pixels.count % shape.values == 0, "whole images")
  }

  /// Reads an input as the weights of a network; of the parameters that do not fit, each in a line, the longest is told.
  private static func stateDict(_ bytes: [UInt8], _ folder: TemporaryFolder) throws {
    try folder.write(bytes, "weights")
    do {
      _ = try Importer.read(folder("weights"), network: FuzzSeeds.convolutional(), names: nil)
    } catch let error as FileFormatError {
      let lines = error.problem.split(separator: "\n", omittingEmptySubsequences: false)
      throw FileFormatError(error.path, String(lines.max { $0.count < $1.count } ?? ""))
    }
  }

  /// Reads an input as a file of a data set.
  private static func labelled(
    _ bytes: [UInt8], _ folder: TemporaryFolder, _ format: String, _ name: String,
    beside: (String, [UInt8])? = nil,
    shape: ImageShape? = nil
  ) throws {
    try folder.write(bytes, name)
    if let (other, content) = beside { try folder.write(content, other) }
    var data = OwnDataset(format: format, directory: folder.path)
    data.shape = shape
    _ = try data.describe()
  }
}
