# UnAV with LoCo's pyramid: windows that adapt, in place of attention to the whole video.
_base_ = "../unav/unav_synthetic.py"
lac = dict(_delete_=True, type="WindowAttention", adaptive=True, window_size=8)
model = dict(pyramid=dict(attention=lac))
