"""From causes to the smallest change that repairs them, tried on the model before it is shown; and that change in the words of each tool."""
