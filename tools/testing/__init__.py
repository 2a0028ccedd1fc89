# SPDX-License-Identifier: Apache-2.0
"""What tools/run-tests is made of: stages run commands, reports read what they wrote."""
