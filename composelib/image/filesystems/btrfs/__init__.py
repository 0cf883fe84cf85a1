"""btrfs as bytes: files, trees and space, written without a program or a mount."""
